using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Euterpe.Numerics;

namespace Euterpe.Tasks.Tagging;

/// <summary>Sounds whose cosines tell what another sound's are worth.</summary>
internal sealed class ReferenceSounds
{
    /// <summary>Fewer would make steps of more than a twentieth; more would not change what people see.</summary>
    public const int Fewest = 20, Most = 2_000;

    public const string Missing =
        "There are no scores for labels of which any number may be right: cosines mean nothing without sounds to measure them by. "
        + "Hint: --catalogue with at least 20 sounds of this model (euterpe index FOLDER --model MODEL), or --reference FOLDER";

    private readonly IReadOnlyList<float[]> vectors;

    private ReferenceSounds(string place, IReadOnlyList<float[]> vectors)
    {
        this.vectors = vectors;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (float[] vector in vectors)
            hash.AppendData(MemoryMarshal.AsBytes<float>(vector));
        About = new TagReference(place, vectors.Count, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    public TagReference About { get; }

    /// <summary>
    /// The sounds of the folder, else those of the catalogue where percentiles are <paramref name="needed"/>; null where there are none, or too
    /// few.
    /// </summary>
    public static ReferenceSounds? Find(
        string? folder, bool needed, KnownSounds known, Hearing hearing, IProgress<TaskProgress>? progress, CancellationToken token)
    {
        if (folder is null)
        {
            return needed && known.Catalogue is { } catalogue && known.Some(Most, token) is { Count: >= Fewest } stored
                ? new ReferenceSounds(catalogue.Place, stored) : null;
        }

        string path = Path.GetFullPath(folder);
        if (!Directory.Exists(path))
            throw new DirectoryNotFoundException($"[tag] There is no folder {path} to compare with.");
        var sounds = new List<ListedSound>();
        SoundList.Below(path, token, file => sounds.Add(new ListedSound(file, null)));
        var vectors = new float[]?[sounds.Count];
        hearing.All(sounds, "hearing what to compare with", progress, (i, heard) => vectors[i] = heard.Vector, token);
        float[][] heard = [.. vectors.OfType<float[]>()];
        if (heard.Length < Fewest)
            throw new OptionsException($"[tag] {path} holds {heard.Length} sounds that can be read; to compare with, {Fewest} at least are needed.");
        return new ReferenceSounds(path, heard);
    }

    public ReferenceCosines Compare(IReadOnlyList<float[]> labels) => new(labels, vectors);
}
