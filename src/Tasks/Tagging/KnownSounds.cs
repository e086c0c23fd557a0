using Euterpe.Search;
using Euterpe.Tasks.Sounds;

namespace Euterpe.Tasks.Tagging;

/// <summary>The vectors that a catalogue holds already, in one space; without a catalogue none.</summary>
internal sealed class KnownSounds(ICatalogue? catalogue, string key)
{
    public ICatalogue? Catalogue => catalogue;

    /// <summary>The vector of a file as it is now, or of a track whose file is gone.</summary>
    public (float[] Vector, double Seconds)? Find(ListedSound sound)
    {
        if (catalogue is null)
            return null;
        Track? track = sound.Track ?? (catalogue.Find(sound.Path) is { } found && found.Stamp == Stamp(sound.Path) ? found : null);
        return track is not null && catalogue.Vector(track.ContentSha256, key) is { } vector ? (vector, track.Facts.Seconds) : null;
    }

    /// <summary>Vectors of sounds of the collection, at most <paramref name="most"/>: those with the smallest identities, in that order, which is chance and always the same.</summary>
    public IReadOnlyList<float[]> Some(int most, CancellationToken token)
    {
        if (catalogue is null)
            return [];
        var some = new SortedDictionary<string, float[]>(StringComparer.Ordinal);
        foreach (string path in catalogue.PathsBelow("/"))
        {
            token.ThrowIfCancellationRequested();
            if (catalogue.Find(path) is not { } track || catalogue.Vector(track.ContentSha256, key) is not { } vector)
                continue;
            some[track.ContentSha256] = vector;
            if (some.Count > most)
                some.Remove(some.Keys.Last());
        }

        return [.. some.Values];
    }

    private static FileStamp Stamp(string path)
    {
        try
        {
            return Listening.StampOf(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return default;
        }
    }
}
