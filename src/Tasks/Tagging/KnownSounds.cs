using Euterpe.Numerics;
using Euterpe.Search;
using Euterpe.Signals.Files;
using Euterpe.Tasks.Sounds;

namespace Euterpe.Tasks.Tagging;

/// <summary>The vectors that a catalogue holds already, in one space; without a catalogue none.</summary>
internal sealed class KnownSounds(ICatalogue? catalogue, string key, AudioFileOptions audio)
{
    private const int MostLookedAt = 100_000;

    public ICatalogue? Catalogue => catalogue;

    /// <summary>The vector of a file as it is now (under whatever name and tags the catalogue met its sound), or of a track whose file is gone.</summary>
    public (float[] Vector, double Seconds)? Find(ListedSound sound, CancellationToken token)
    {
        if (catalogue is null)
            return null;
        Track? track = sound.Track ?? OfFile(sound.Path, catalogue, token);
        return track is not null && catalogue.Vector(track.Sound, key) is { } vector ? (vector, track.Facts.Seconds) : null;
    }

    /// <summary>
    /// Vectors of sounds of the collection, at most <paramref name="most"/>: of its first 100,000 those with the smallest identities, in that order,
    /// which is chance and always the same.
    /// </summary>
    public IReadOnlyList<float[]> Some(int most, CancellationToken token)
    {
        if (catalogue is null)
            return [];
        var some = new SortedList<string, float[]>(most + 1, StringComparer.Ordinal);
        foreach (StoredVector vector in catalogue.Vectors(key).Take(MostLookedAt))
        {
            token.ThrowIfCancellationRequested();
            if (some.Count == most && string.CompareOrdinal(vector.Sound, some.GetKeyAtIndex(most - 1)) > 0)
                continue;
            some[vector.Sound] = vector.Values;
            if (some.Count > most)
                some.RemoveAt(most);
        }

        return [.. some.Values];
    }

    private Track? OfFile(string path, ICatalogue catalogue, CancellationToken token)
    {
        try
        {
            if (Listening.Check(path, out _) is not null)
                return null;
            return catalogue.Find(path) is { } track && track.Stamp == Listening.StampOf(path) ? track
                : catalogue.FindFile(Listening.Sha256Of(path, token)).FirstOrDefault()
                ?? catalogue.FindSound(AudioFile.Identify(path, audio, token).PacketsSha256).FirstOrDefault();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FileFormatException)
        {
            return null; // decoding it will tell
        }
    }
}
