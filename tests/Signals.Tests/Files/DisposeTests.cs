using Euterpe.Signals.Files;
using Euterpe.Testing;

namespace Euterpe.Signals.Tests;

public sealed class DisposeTests
{
    /// <summary>A wrapper that owns its source and the opener of the file may both end it.</summary>
    [SkippableFact]
    public void A_decoder_may_be_ended_twice()
    {
        Fixture.SkipUnless(AudioFile.FfmpegBuild() is not null, "FFmpeg is not installed");
        string path = Directory.EnumerateFiles(Path.Combine(Fixture.Repository, "samples"), "*.*", SearchOption.AllDirectories)
            .Where(file => file.EndsWith(".ogg", StringComparison.Ordinal) || file.EndsWith(".flac", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal).First();
        AudioFile file = AudioFile.Open(path);
        Assert.True(file.Read(new float[1024 * file.Channels]) > 0);
        file.Dispose();
        file.Dispose();
    }
}
