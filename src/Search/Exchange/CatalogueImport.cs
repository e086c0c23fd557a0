using Euterpe.Search.Exchange;

namespace Euterpe.Search;

/// <summary>What an import brought.</summary>
/// <param name="Tracks">Tracks that are new, or came back.</param>
/// <param name="KnownTracks">Paths that the catalogue knew already; they stay as they were.</param>
/// <param name="Failures">Failures that are new.</param>
/// <param name="Vectors">Vectors that are new.</param>
/// <param name="Segmented">Sounds with segments that are new.</param>
/// <param name="KnownVectors">Vectors and segments that the catalogue had already; they stay as they were.</param>
/// <param name="Homeless">Vectors and segments of sounds that no track holds; they were left out.</param>
public sealed record ImportedCatalogue(long Tracks, long KnownTracks, long Failures, long Vectors, long Segmented, long KnownVectors, long Homeless);

/// <summary>Reads an export into a catalogue.</summary>
/// <remarks>
/// The whole export is read and checked before anything is written: what is damaged changes nothing. Then it is written in batches; an import that was
/// interrupted is finished by the same import once more. What the catalogue knows already stays as it is: paths that are present or have failed, vectors and
/// segments that a sound has in a space, settings. A track that is absent in the catalogue and present in the export comes back.
/// </remarks>
public static class CatalogueImport
{
    private const int Batch = 512;
    private const long BatchNumbers = 1 << 20;

    /// <summary>Reads the export in <paramref name="folder"/>.</summary>
    /// <exception cref="Numerics.FileFormatException">Something in it is not as it must be; nothing is written.</exception>
    /// <exception cref="FileNotFoundException">There is no export.</exception>
    public static ImportedCatalogue Read(ICatalogue catalogue, string folder, IProgress<long>? progress = null, CancellationToken token = default)
    {
        var reader = new ExchangeReader(folder);
        reader.CheckFiles(token);
        foreach (Change _ in reader.Changes(token))
        {
        }

        return new Importing(catalogue, progress).All(reader, token);
    }

    private sealed class Importing(ICatalogue catalogue, IProgress<long>? progress)
    {
        private readonly List<Change> batch = [];
        private bool fresh; // nothing can be known already
        private long numbers, tracks, knownTracks, failures, vectors, segmented, knownVectors, homeless, rows;

        public ImportedCatalogue All(ExchangeReader reader, CancellationToken token)
        {
            bool chosen = catalogue.Embedder is not null;
            fresh = catalogue.Count(null) is { Tracks: 0, Absent: 0, Failures: 0 } && catalogue.Spaces().Count == 0;
            HashSet<string> known = [.. catalogue.Settings().Select(pair => pair.Key)];
            foreach ((string name, string value) in reader.Settings)
            {
                bool ofEmbedder = name is "model" or "key" or "dimension" or "precision" or "frames";
                if (ofEmbedder ? !chosen : !known.Contains(name) && name is not ("id" or "version"))
                    catalogue.Set(name, value);
            }

            foreach (Change change in reader.Changes(token))
            {
                if (++rows % 1024 == 0)
                    progress?.Report(rows);
                if (IsNew(change))
                    Add(change);
            }

            Flush();
            return new ImportedCatalogue(tracks, knownTracks, failures, vectors, segmented, knownVectors, homeless);
        }

        private bool IsNew(Change change)
        {
            switch (change)
            {
                case Change.Holds holds:
                    bool isNew = fresh || catalogue.Find(holds.Track.Path) switch
                    {
                        null => catalogue.FindFailure(holds.Track.Path) is null,
                        { Absent: true } => !holds.Track.Absent && catalogue.FindFailure(holds.Track.Path) is null,
                        _ => false,
                    };
                    tracks += isNew ? 1 : 0;
                    knownTracks += isNew ? 0 : 1;
                    return isNew;
                case Change.Fails fails:
                    bool newFailure = fresh || (catalogue.FindFailure(fails.Failure.Path) is null && catalogue.Find(fails.Failure.Path) is null or { Absent: true });
                    failures += newFailure ? 1 : 0;
                    return newFailure;
                case Change.Gains { Vector: { } vector } gains when fresh || !catalogue.HasVector(gains.Sound, vector.Key):
                    vectors++;
                    return true;
                case Change.Gains { Segments: { } segments } gains when fresh || catalogue.SegmentRule(gains.Sound, segments.Key) is null:
                    segmented++;
                    return true;
                default:
                    knownVectors++;
                    return false;
            }
        }

        private void Add(Change change)
        {
            if (batch.Count > 0 && batch[0].GetType() != change.GetType())
                Flush();
            batch.Add(change);
            if (change is Change.Gains gains)
                numbers += (gains.Vector?.Values.Length ?? 0) + (gains.Segments?.Values.Length ?? 0);
            if (batch.Count >= Batch || numbers >= BatchNumbers)
                Flush();
        }

        private void Flush()
        {
            int left = catalogue.Write(batch);
            homeless += left;
            if (left > 0 && batch[0] is Change.Gains { Vector: not null })
                vectors -= left;
            else
                segmented -= left;
            batch.Clear();
            numbers = 0;
        }
    }
}
