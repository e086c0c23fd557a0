using Euterpe.Models;
using Euterpe.Search;
using Euterpe.Signals.Files;
using Euterpe.Tasks.Sounds;

namespace Euterpe.Tasks;

/// <summary>
/// Brings the catalogue up to date with a folder: new and changed sounds are embedded, moved and retagged ones recognised, vanished ones kept as absent, bad ones listed.
/// A file is new or changed when its size or time differ from the catalogue's; then its content decides. Cancelling keeps all that was finished, and so does a sudden end;
/// several runs, in several processes, may bring one catalogue up to date together.
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
        options.Segments?.Rule?.Check();
        if (options.Manners.Nice)
            IdlePriority.Set();
        string folder = Path.GetFullPath(options.Folder);
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException(File.Exists(folder)
                ? $"[index] {folder} is a file. Hint: euterpe index wants a folder; euterpe embed takes files."
                : $"[index] There is no folder {folder}.");
        }

        folder = Path.TrimEndingDirectorySeparator(folder);
        using ICatalogue catalogue = Catalogue.OpenOrCreate(options.Catalogue, context.Clock);
        IndexWorker.WaitForHours(options.Manners.QuietHours, context.Clock, until => progress?.Report(new TaskProgress("waiting", 0, null, until)), token);
        using OpenModel model = context.Models.Open(options.Model.Or(catalogue.Embedder), token);
        IAudioEmbedder embedder = model.SoundOrThrow();
        if (catalogue.Embedder != model.Choice)
            catalogue.Choose(model.Choice);
        SegmentRule? segments = SegmentsOf(options, catalogue);
        Width width = options.Manners.MaxMemory is { } limit
            ? MemoryPlan.Make(limit, embedder, model.Reference, segments, context.Workers, token)
            : Width.Of(context.Workers, embedder.CallersPerThread);
        return new Indexing(options, context, progress, folder, catalogue, model.Reference, embedder, segments, width).All(token);
    }

    /// <summary>The rule that is asked for, which the catalogue keeps from now on, or the one that it has.</summary>
    private static SegmentRule? SegmentsOf(IndexOptions options, ICatalogue catalogue)
    {
        SegmentRule? kept = IndexSpace.RuleOf(catalogue);
        SegmentRule? rule = options.Segments is { } asked ? asked.Rule : kept;
        string setting = rule?.ToString() ?? IndexSpace.None;
        if (catalogue.Setting(IndexSpace.Setting) != setting)
            catalogue.Set(IndexSpace.Setting, setting);
        return rule;
    }

    private sealed class Indexing
    {
        private const int QueueAtOnce = 1000;

        private readonly IndexOptions options;
        private readonly TaskContext context;
        private readonly IProgress<TaskProgress>? progress;
        private readonly string folder;
        private readonly ICatalogue catalogue;
        private readonly string model;
        private readonly IndexSpace space;
        private readonly IndexWorker worker;
        private readonly List<BadFile> failures = [];
        private readonly Lazy<string> ffmpeg;
        private long found;
        private long unchanged;
        private long vanished;
        private long queued;

        public Indexing(IndexOptions options, TaskContext context, IProgress<TaskProgress>? progress, string folder, ICatalogue catalogue, string model,
            IAudioEmbedder embedder, SegmentRule? segments, Width width)
        {
            (this.options, this.context, this.progress, this.folder, this.catalogue, this.model) = (options, context, progress, folder, catalogue, model);
            ffmpeg = new(() => AudioFile.FfmpegBuild(context.Audio) ?? "");
            space = new IndexSpace(catalogue, embedder.CompatibilityKey, segments);
            long done = 0;
            worker = new IndexWorker(catalogue, embedder, model, segments, context, folder)
            {
                Finished = path => progress?.Report(new TaskProgress("embedding", ++done, Math.Max(done, queued), path)),
                Waiting = what => progress?.Report(new TaskProgress("waiting", done, Math.Max(done, queued), what)),
                Hours = options.Manners.QuietHours,
                Width = width,
            };
        }

        public IndexResult All(CancellationToken token)
        {
            long start = context.Clock.GetTimestamp();
            bool stopped = false;
            try
            {
                var walk = new FolderWalk(folder, options.Hidden);
                Look(walk, token);
                Vanish(walk, token);
                if (!options.QueueOnly)
                {
                    progress?.Report(new TaskProgress("embedding", 0, queued, null));
                    worker.Run(token);
                }
            }
            catch (OperationCanceledException) when (token.IsCancellationRequested)
            {
                stopped = true;
            }

            IndexTally did = worker.Tally;
            failures.AddRange(did.Failures);
            failures.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
            return new IndexResult(catalogue.Place, folder, model, space.Key, found, unchanged, did.Embedded, did.Recognised, vanished + did.Vanished,
                did.Seconds, context.Clock.GetElapsedTime(start).TotalSeconds, failures, stopped)
            {
                Retagged = did.Retagged,
                Duplicates = did.Duplicates,
                SegmentRule = space.Segments?.ToString(),
                Segments = did.Segments,
                Queued = options.QueueOnly ? queued : 0,
                InFlightBound = worker.InFlightBound,
            };
        }

        /// <summary>Finds what is to be done, by sizes and times alone where the catalogue knows a file, and puts it into the queue.</summary>
        private void Look(FolderWalk walk, CancellationToken token)
        {
            long looked = 0;
            var todo = new List<WorkItem>();
            foreach (FoundFile file in walk.Files(token))
            {
                if (++looked % 64 == 0)
                    progress?.Report(new TaskProgress("looking", looked, null, file.Path));
                if (space.IsUpToDate(file.Path, file.Stamp))
                {
                    found++;
                    unchanged++;
                }
                else if (!options.Retry && catalogue.FindFailure(file.Path) is { } failure && failure.Stamp == file.Stamp && WouldFailAgain(failure))
                {
                    found++;
                    failures.Add(new BadFile(failure.Path, failure.Reason, failure.Sentence));
                }
                else if (file.Named || IsSound(file))
                {
                    found++;
                    todo.Add(new WorkItem(file.Path, file.Stamp));
                    if (todo.Count == QueueAtOnce)
                        Queue(todo);
                }
            }

            Queue(todo);
            failures.AddRange(walk.Problems);
        }

        private void Queue(List<WorkItem> todo)
        {
            catalogue.Queue.Add(todo);
            queued += todo.Count;
            todo.Clear();
        }

        private bool WouldFailAgain(Failure failure) =>
            failure.Reason == IndexWorker.GivenUp && failure.Program == ProgramIdentity.Program
            || Reasons.LiesInTheFile(failure.Reason) && failure.Program == ProgramIdentity.Program
            && (failure.Decoder is "" or AudioFile.WavDecoder || failure.Decoder == ffmpeg.Value);

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
            vanished = gone.Count;
        }
    }
}
