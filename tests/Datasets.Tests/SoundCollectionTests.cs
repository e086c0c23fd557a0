using Euterpe.Testing;

namespace Euterpe.Datasets.Tests;

public sealed class SoundCollectionTests
{
    [Theory]
    [InlineData("sonic-pi/bd_ada.flac", "bd")]
    [InlineData("sonic-pi/mehackit_phone1.flac", "mehackit")]
    [InlineData("berklee/Clap1.ogg", "clap")]
    [InlineData("berklee/casiohorn1+b3.ogg", "casiohorn")]
    [InlineData("berklee/Arp_note+2wholesteps.ogg", "arp")]
    [InlineData("berklee/FM_beat.ogg", "fm")]
    [InlineData("berklee/tuba(low).ogg", "tuba")]
    [InlineData("berklee/scale#2.ogg", "scale")]
    [InlineData("berklee/808.ogg", "")]
    public void Names_tell_classes(string name, string expected) => Assert.Equal(expected, SoundCollection.ClassOf(name));

    [Fact]
    public void Halves_go_by_the_hash_of_the_name()
    {
        Assert.All(SoundCollection.FirstHalf, name => Assert.True(SoundCollection.IsFirstHalf(name), name));
        Assert.All(SoundCollection.SecondHalf, name => Assert.False(SoundCollection.IsFirstHalf(name), name));
    }

    [SkippableFact]
    public void The_stored_classes_are_those_with_eleven_or_more_recordings()
    {
        IReadOnlyList<LabelledSound> sounds = SoundCollection.Read(Fixture.SharedFile("data/audio"));
        Assert.True(sounds.Count > 2500, $"{sounds.Count} recordings");
        string[] counting = [.. sounds.GroupBy(sound => sound.Class).Where(group => group.Count() >= SoundCollection.FewestRecordings)
            .Select(group => group.Key).Order(StringComparer.Ordinal)];
        Assert.Equal(counting.Where(SoundCollection.IsFirstHalf), SoundCollection.FirstHalf);
        Assert.Equal(counting.Where(name => !SoundCollection.IsFirstHalf(name)), SoundCollection.SecondHalf);
    }
}
