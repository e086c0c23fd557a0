using Euterpe.Models;
using Euterpe.Search;
using Euterpe.Signals.Files;
using Euterpe.Tasks.Sounds;

namespace Euterpe.Tasks;

/// <summary>
/// Brings the catalogue up to date with a folder: new and changed sounds are embedded, moved ones recognised, vanished ones kept as absent, bad ones listed.
/// A file is new or changed when its size or time differ from the catalogue's; then its content decides. Cancelling keeps all that was finished.
/// </summary>
public static class IndexTask
{
    /// <summary>Runs once through the folder.</summary>
    /// <param name="options">What to index, and where.</param>
    /// <param name="context">Where models come from, how sound is decoded, which threads; null for the defaults.</param>
    /// <param name="progress">Told about each step.</param>
    /// <param name="token">Looked at between and within sounds.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static IndexResult Run(
        IndexOptions options, TaskContext? context = null, IProgress<TaskProgress>? progress = null, CancellationToken token = default)
    {
        context ??= new TaskContext();
        context.Begin();
        string folder = Path.GetFullPath(options.Folder);
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException(File.Exists(folder)
                ? $"[index] {folder} is a file. Hint: euterpe index wants a folder; euterpe embed takes files."
                : $"[index] There is no folder {folder}.");
        }

        folder = Path.TrimEndingDirectorySeparator(folder);
        using ICatalogue catalogue = Catalogue.OpenOrCreate(options.Catalogue);
        using OpenModel model = context.Models.Open(options.Model.Or(catalogue.Embedder), token);
        IAudioEmbedder embedder = model.SoundOrThrow();
        if (catalogue.Embedder != model.Choice)
            catalogue.Choose(model.Choice);
        return new Indexing(options, context, progress, folder, catalogue, model.Reference, embedder).All(token);
    }

    private sealed class Indexing(
        IndexOptions options, TaskContext context, IProgress<TaskProgress>? progress, string folder, ICatalogue catalogue, string model, IAudioEmbedder embedder)
    {
        private readonly string _key = embedder.CompatibilityKey;
        private readonly List<BadFile> _failures = [];
        private readonly List<FoundFile> _todo = [];
        private readonly Lazy<string> _ffmpeg = new(() => AudioFile.FfmpegBuild(context.Audio) ?? "");
        private long _found, _unchanged, _embedded, _recognised, _vanished;
        private double _seconds;

        public IndexResult All(CancellationToken token)
        {
            long start = context.Clock.GetTimestamp();
            bool stopped = false;
            try
            {
                var walk = new FolderWalk(folder, options.Hidden);
                Look(walk, token);
                Vanish(walk, token);
                Work(token);
            }
            catch (OperationCanceledException) when (token.IsCancellationRequested)
            {
                stopped = true;
            }

            _failures.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
            return new IndexResult(catalogue.Place, folder, model, _key, _found, _unchanged, _embedded, _recognised, _vanished,
                _seconds, context.Clock.GetElapsedTime(start).TotalSeconds, _failures, stopped);
        }

        /// <summary>Finds what is to be done, by sizes and times alone where the catalogue knows a file.</summary>
        private void Look(FolderWalk walk, CancellationToken token)
        {
            long looked = 0;
            foreach (FoundFile file in walk.Files(token))
            {
                if (++looked % 64 == 0)
                    progress?.Report(new TaskProgress("looking", looked, null, file.Path));
                if (catalogue.Find(file.Path) is { Absent: false } track && track.Stamp == file.Stamp && catalogue.HasVector(track.Sound, _key))
                {
                    _found++;
                    _unchanged++;
                }
                else if (!options.Retry && catalogue.FindFailure(file.Path) is { } failure && failure.Stamp == file.Stamp && WouldFailAgain(failure))
                {
                    _found++;
                    _failures.Add(new BadFile(failure.Path, failure.Reason, failure.Sentence));
                }
                else if (file.Named || IsSound(file))
                {
                    _found++;
                    _todo.Add(file);
                }
            }

            _failures.AddRange(walk.Problems);
        }

        private bool WouldFailAgain(Failure failure) =>
            Reasons.LiesInTheFile(failure.Reason) && failure.Program == ProgramIdentity.Program
            && (failure.Decoder is "" or AudioFile.WavDecoder || failure.Decoder == _ffmpeg.Value);

        private static bool IsSound(FoundFile file)
        {
            try
            {
                return file.Stamp.Size > 0 && SoundKinds.Read(file.Path) != SoundKind.Unknown;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return false; // neither its name nor its content says that it is sound
            }
        }

        private void Vanish(FolderWalk walk, CancellationToken token)
        {
            string[] unread = [.. walk.Problems.Where(p => Directory.Exists(p.Path)).Select(p => p.Path + "/")];
            var gone = new List<Change>();
            foreach (string path in catalogue.PathsBelow(folder))
            {
                token.ThrowIfCancellationRequested();
                if (!File.Exists(path) && !unread.Any(below => path.StartsWith(below, StringComparison.Ordinal)))
                    gone.Add(new Change.Vanishes(path));
            }

            catalogue.Write(gone);
            _vanished = gone.Count;
        }

        private void Work(CancellationToken token)
        {
            if (_todo.Count == 0)
                return;
            progress?.Report(new TaskProgress("embedding", 0, _todo.Count, null));
            using var writer = new BatchWriter(catalogue, context.Clock);
            long done = 0;
            var pipeline = new SoundPipeline<FoundFile>(embedder, context.Audio, context.Workers, file => file.Path, Prepare);
            pipeline.Run(_todo, Take, token);
            writer.Flush();

            void Take(FoundFile file, PipelineItem item)
            {
                Change change = Judge(file, item);
                writer.Add(change);
                progress?.Report(new TaskProgress("embedding", ++done, _todo.Count, file.Path));
            }
        }

        /// <summary>Runs beside decoding: the content's identity, and whether its vector is there already.</summary>
        private Prepared Prepare(FoundFile file, CancellationToken token)
        {
            string sha = Listening.Sha256Of(file.Path, token);
            if (catalogue.HasVector(sha, _key) && catalogue.FindSound(sha) is [var known])
                return new Prepared(sha, known.Facts);
            return new Prepared(sha, null);
        }

        private Change Judge(FoundFile file, PipelineItem item)
        {
            BadFile? bad = item.Outcome.Bad;
            if (bad is null && !Same(file))
                bad = new BadFile(file.Path, Reasons.Changed, $"{Path.GetFileName(file.Path)}: the file changed while it was read. Hint: index again.");
            if (bad is not null)
            {
                _failures.Add(bad);
                return new Change.Fails(new Failure(file.Path, file.Stamp, bad.Reason, bad.Sentence, ProgramIdentity.Program,
                    bad.Reason == Reasons.Empty ? "" : Decoder(item)));
            }

            var track = new Track(file.Path, file.Stamp, item.ContentSha256, item.ContentSha256, item.Outcome.Facts!, Absent: false) { Identified = false };
            if (item.Outcome.Vector is null)
            {
                _recognised++;
                return new Change.Holds(track, null);
            }

            _embedded++;
            _seconds += track.Facts.Seconds;
            return new Change.Holds(track, new NewVector(_key, model, item.Outcome.Vector, ProgramIdentity.With(item.Outcome.Decoder)));
        }

        private string Decoder(PipelineItem item) => item.Outcome.Decoder.Length > 0 ? item.Outcome.Decoder
            : item.Kind == SoundKind.Wav ? AudioFile.WavDecoder : _ffmpeg.Value;

        private static bool Same(FoundFile file)
        {
            try
            {
                return Listening.StampOf(file.Path) == file.Stamp;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }
    }
}
