using Euterpe.Models;
using Euterpe.Search;
using Euterpe.Tasks.Sounds;

namespace Euterpe.Tasks;

/// <summary>
/// Works on the files that wait in a catalogue's queue, beside any number of other workers, in other processes and on other machines: each file is leased to one of them at
/// a time. A worker that dies loses its leases, at once on its own machine and after two minutes elsewhere, and the others take them over.
/// </summary>
/// <remarks>
/// All workers must see the files under the paths that <c>index</c> found them by. Whatever is missing together with its folder (or in an empty one) is taken for a folder that is
/// not mounted here, and left to others; a file that is missing among others has vanished.
/// </remarks>
public static class WorkTask
{
    /// <summary>Runs until the end that the options name.</summary>
    /// <param name="options">What to work on.</param>
    /// <param name="context">Where models come from, how sound is decoded, which threads; null for the defaults.</param>
    /// <param name="progress">Told about each step.</param>
    /// <param name="token">Looked at between and within sounds.</param>
    /// <exception cref="InvalidOperationException">The catalogue has no embedder, or another version of it than this program.</exception>
    public static WorkResult Run(WorkOptions options, TaskContext? context = null, IProgress<TaskProgress>? progress = null, CancellationToken token = default)
    {
        context ??= new TaskContext();
        context.Begin();
        if (options.Manners.Nice)
            IdlePriority.Set();
        using ICatalogue catalogue = Catalogue.OpenExisting(options.Catalogue, context.Clock);
        return new Working(options, context, progress, catalogue).All(token);
    }

    private sealed class Working(WorkOptions options, TaskContext context, IProgress<TaskProgress>? progress, ICatalogue catalogue)
    {
        private readonly string? folder = options.Folder is null ? null : Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.Folder));
        private readonly List<IndexTally> tallies = [];
        private IReadOnlyList<string> unseen = [];
        private long done;

        public WorkResult All(CancellationToken token)
        {
            long start = context.Clock.GetTimestamp();
            bool stopped = false;
            string model = "";
            try
            {
                // Once for each embedder: another one may be chosen meanwhile.
                EmbedderChoice choice;
                do
                {
                    choice = Searching.Embedder("work", catalogue);
                    model = choice.Model;
                }
                while (WorkFor(choice, token));
            }
            catch (OperationCanceledException) when (token.IsCancellationRequested)
            {
                stopped = true;
            }

            List<BadFile> failures = [.. tallies.SelectMany(t => t.Failures).OrderBy(f => f.Path, StringComparer.Ordinal)];
            return new WorkResult(catalogue.Place, model, done, Sum(t => t.Embedded), Sum(t => t.Recognised), Sum(t => t.Retagged), Sum(t => t.Vanished),
                unseen.Count, unseen.FirstOrDefault(), catalogue.Queue.Count(folder).Waiting, tallies.Sum(t => t.Seconds),
                context.Clock.GetElapsedTime(start).TotalSeconds, failures, stopped);

            long Sum(Func<IndexTally, long> of) => tallies.Sum(of);
        }

        /// <summary>Works with one embedder; true when the catalogue wants another one by now.</summary>
        private bool WorkFor(EmbedderChoice choice, CancellationToken token)
        {
            IndexWorker.WaitForHours(options.Manners.QuietHours, context.Clock, Waiting, token);
            using OpenModel model = context.Models.Open(new ModelChoice().Or(choice), token);
            Searching.CheckKey("work", catalogue, choice, model.SoundOrThrow());
            SegmentRule? segments = IndexSpace.RuleOf(catalogue);
            Width width = options.Manners.MaxMemory is { } limit
                ? MemoryPlan.Make(limit, model.SoundOrThrow(), model.Reference, segments, context.Workers, token)
                : Width.Of(context.Workers, model.SoundOrThrow().CallersPerThread);
            var worker = new IndexWorker(catalogue, model.SoundOrThrow(), model.Reference, segments, context, folder)
            {
                Until = options.End switch { WorkEnd.NothingFree => WorkUntil.NothingIsFree, WorkEnd.Never => WorkUntil.Stopped, _ => WorkUntil.NothingWaits },
                Sees = Sees,
                StillWanted = () => catalogue.Embedder == choice && IndexSpace.RuleOf(catalogue) == segments,
                Finished = path =>
                {
                    done++;
                    progress?.Report(new TaskProgress("embedding", done, null, path));
                },
                Waiting = Waiting,
                Hours = options.Manners.QuietHours,
                Width = width,
            };
            tallies.Add(worker.Tally);
            try
            {
                worker.Run(token);
            }
            finally
            {
                unseen = worker.Unseen;
            }

            return worker.Superseded;
        }

        private void Waiting(string what) => progress?.Report(new TaskProgress("waiting", done, null, what));

        private static bool Sees(string path)
        {
            if (File.Exists(path))
                return true;
            string parent = Path.GetDirectoryName(path) ?? "/";
            try
            {
                return Directory.EnumerateFileSystemEntries(parent).Any();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }
    }
}
