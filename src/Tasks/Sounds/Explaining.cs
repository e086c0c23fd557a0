using Euterpe.Models;
using Euterpe.Numerics;
using Euterpe.Search;
using Euterpe.Signals.Files;
using Euterpe.Tasks.Finding;

namespace Euterpe.Tasks.Sounds;

/// <summary>One file through every stage that <c>index</c> takes it through, each by itself, so that the first that fails is known.</summary>
internal sealed class Explaining : IDisposable
{
    private const string Ok = "ok", Failed = "failed", NotReached = "not-reached";

    private readonly string path, name, typed;
    private readonly TaskContext context;
    private readonly CancellationToken token;
    private readonly ICatalogue? catalogue;
    private readonly OpenModel model;
    private readonly SegmentRule? rule;
    private readonly string noCatalogue;
    private readonly List<ExplainedStage> stages = [];
    private List<ShownFact> facts = [];
    private SoundKind kind;
    private FileStamp stamp;
    private AudioIdentity? identity;
    private SoundFacts? heard;
    private float[]? vector;
    private BadFile? bad;

    public Explaining(ExplainOptions options, TaskContext context, CancellationToken token)
    {
        (this.context, this.token, typed) = (context, token, options.File);
        path = Path.GetFullPath(options.File);
        name = Path.GetFileName(path);
        (catalogue, noCatalogue) = Open(options.Catalogue);
        try
        {
            rule = catalogue is null ? SegmentRule.Default : IndexSpace.RuleOf(catalogue);
            model = context.Models.Open(options.Model.Or(catalogue?.Embedder), token);
        }
        catch
        {
            catalogue?.Dispose();
            throw;
        }
    }

    public ExplainResult All()
    {
        _ = model.SoundOrThrow();
        Stage("found", Found);
        Stage("readable", Readable);
        Stage("kind", Kind);
        Stage("identity", Identity);
        Stage("tags", Tags);
        Stage("decoding", Decoding);
        Stage("model", Model);
        string? failedAt = stages.FirstOrDefault(s => s.Outcome == Failed)?.Name;
        // What the catalogue knows of it, and what would be stored, are told whatever happened before.
        Always("catalogue", Known);
        Always("stored", Stored);
        return new ExplainResult(path, bad is null, failedAt, bad?.Reason, bad?.Sentence, bad is null ? null : Reasons.Of(bad.Reason).Hint, stages);
    }

    public void Dispose()
    {
        model.Dispose();
        catalogue?.Dispose();
    }

    /// <summary>Runs a stage unless one before it failed. It returns its summary; what is wrong with the file, it throws or leaves in <see cref="bad"/>.</summary>
    private void Stage(string stage, Func<string> work)
    {
        if (bad is not null)
        {
            stages.Add(new ExplainedStage(stage, NotReached, "not reached", []));
            return;
        }

        facts = [];
        string summary = "";
        try
        {
            token.ThrowIfCancellationRequested();
            summary = work();
        }
        catch (Exception e) when (!Listening.Ends(e))
        {
            bad = Listening.Failed(path, e, kind, token);
        }

        stages.Add(bad is null ? new ExplainedStage(stage, Ok, summary, facts) : new ExplainedStage(stage, Failed, $"{bad.Reason}: {bad.Sentence}", facts));
    }

    private void Always(string stage, Func<string> work)
    {
        facts = [];
        stages.Add(new ExplainedStage(stage, Ok, work(), facts));
    }

    private string Bad(string reason, string sentence)
    {
        bad = new BadFile(path, reason, $"{name}: {sentence}");
        return "";
    }

    private void Fact(string what, string? value)
    {
        if (value is not null)
            facts.Add(new ShownFact(what, value));
    }

    private string Found()
    {
        // What is not UTF-8 arrives from the shell with replacement characters, and leads to no file.
        if (typed.Contains('\uFFFD') && !File.Exists(path))
            return Bad(Reasons.NameNotUtf8, "The name of the file is not UTF-8, so no catalogue can keep it.");
        var file = new FileInfo(path);
        if (file.LinkTarget is { } link)
        {
            Fact("link to", link);
            Fact("leads to", FolderWalk.RealPath(path) ?? "nowhere: the links go round in a circle");
        }

        if (Directory.Exists(path))
            return Bad(Reasons.NotSound, "This is a folder. Hint: euterpe index makes a catalogue of a folder.");
        if (!(file.LinkTarget is null ? file.Exists : File.Exists(FolderWalk.RealPath(path))))
            return Bad(Reasons.Missing, file.LinkTarget is { } to ? $"a link that leads nowhere ({to})." : "there is no such file.");
        return path;
    }

    private string Readable()
    {
        stamp = Listening.StampOf(path);
        if (stamp.Size == 0)
            return Bad(Reasons.Empty, "the file is empty (or a pipe or device).");
        Fact("file", Listening.Sha256Of(path, token));
        var changed = new DateTime(stamp.Modified, DateTimeKind.Utc);
        return $"{stamp.Size:N0} bytes, last changed {changed:yyyy-MM-dd HH:mm:ss} UTC";
    }

    private string Kind()
    {
        kind = SoundKinds.Read(path);
        bool named = FolderWalk.IsNamedSound(name);
        return kind != SoundKind.Unknown ? $"{kind} by its content{(named ? "" : $"; its name ({Path.GetExtension(name)}) does not say that it is sound")}"
            : $"no kind that is known by its first bytes; FFmpeg is asked{(named ? ", since its name says that it is sound" : "")}";
    }

    private string Identity()
    {
        long start = context.Clock.GetTimestamp();
        identity = AudioFile.Identify(path, context.Audio, token);
        Fact("taken", Seconds(context.Clock.GetElapsedTime(start).TotalSeconds));
        return identity.PacketsSha256;
    }

    private string Tags()
    {
        AudioTags tags = identity!.Tags;
        Fact("title", tags.Title);
        Fact("artist", tags.Artist);
        Fact("album", tags.Album);
        Fact("album artist", tags.AlbumArtist);
        Fact("genre", tags.Genre);
        Fact("year", tags.Year?.ToString("0"));
        Fact("track", tags.TrackNumber?.ToString("0"));
        Fact("MusicBrainz recording", tags.MusicBrainzRecording);
        Fact("MusicBrainz release", tags.MusicBrainzRelease);
        Fact("MusicBrainz artist", tags.MusicBrainzArtist);
        return facts.Count == 0 ? "none" : $"{facts.Count} of 10";
    }

    private string Decoding()
    {
        long start = context.Clock.GetTimestamp(), samples = 0, clipped = 0;
        AudioFile file = AudioFile.Open(path, context.Audio with { Identify = true }, token);
        using var hashed = new HashedSource(file);
        Fact("decoder", file.Decoder);
        Fact("rate", $"{file.SampleRate} Hz");
        Fact("channels", $"{file.Channels}");
        var block = new float[Math.Max(1, 16_384 / file.Channels) * file.Channels];
        float peak = 0;
        for (int frames; (frames = hashed.Read(block, token)) > 0;)
        {
            foreach (float sample in block.AsSpan(0, frames * file.Channels))
            {
                peak = Math.Max(peak, Math.Abs(sample));
                clipped += Math.Abs(sample) >= 1 ? 1 : 0;
            }

            samples += frames;
        }

        heard = new SoundFacts((double)hashed.Frames / file.SampleRate, file.SampleRate, file.Channels, hashed.Frames, hashed.DecodedSha256);
        Fact("frames", $"{heard.Frames:N0}");
        Fact("decoded", heard.DecodedSha256);
        Fact("peak", peak == 0 ? "0: it is silent" : $"{peak:0.######}{(clipped > 0 ? $"; {clipped:N0} samples at or beyond full scale" : "")}");
        Fact("complaint", file.Complaint);
        Fact("taken", Seconds(context.Clock.GetElapsedTime(start).TotalSeconds));
        if (heard.Frames == 0)
            return Bad(Reasons.NoFrames, "The file holds no samples.");
        if (file.PacketsSha256 != identity!.PacketsSha256 || Listening.StampOf(path) != stamp)
            return Bad(Reasons.Changed, "the file changed while it was read.");
        return $"{Seconds(heard.Seconds)} at {heard.SampleRate} Hz, {heard.Channels} channel{(heard.Channels == 1 ? "" : "s")}"
            + (file.Complaint is null ? "" : "; the decoder complained and went on");
    }

    private string Model()
    {
        IAudioEmbedder embedder = model.SoundOrThrow();
        Fact("model", model.Reference);
        Fact("key", embedder.CompatibilityKey);
        if (embedder.SampleRate != heard!.SampleRate)
            Fact("resampled", $"{heard.SampleRate} to {embedder.SampleRate} Hz");
        long start = context.Clock.GetTimestamp();
        SegmentedSound? cut = null;
        using (AudioFile file = AudioFile.Open(path, context.Audio, token))
        {
            if (rule is null)
                vector = embedder.Embed(file, token);
            else
                vector = (cut = embedder.Embed(file, rule, whole: true, token)).Vector!;
        }

        Fact("taken", Seconds(context.Clock.GetElapsedTime(start).TotalSeconds) + ", with decoding");
        if (cut is not null)
            Fact("segments", $"{cut.Grid.Count}, {rule!.LengthSeconds} s each {rule.HopSeconds} s");
        if (Listening.StampOf(path) != stamp)
            return Bad(Reasons.Changed, "the file changed while it was read.");
        if (vector.Concat(cut?.Segments ?? []).Any(value => !float.IsFinite(value)))
        {
            vector = null;
            return Bad(Reasons.NotFinite, "The embedding holds NaN or infinity; the samples of the file probably do too.");
        }

        double mean = vector.Average(value => (double)value), spread = Math.Sqrt(vector.Average(value => (value - mean) * (value - mean)));
        Fact("numbers", $"{vector.Min():0.####} to {vector.Max():0.####}, standard deviation {spread:0.####}");
        return $"a vector of {vector.Length} finite numbers, length {Math.Sqrt(vector.Sum(value => (double)value * value)):0.####}";
    }

    private string Known()
    {
        if (catalogue is null)
            return noCatalogue;
        Fact("catalogue", catalogue.Place);
        if (catalogue.FindFailure(path) is { } failure)
            Fact("failed before", $"{failure.Reason}: {failure.Sentence}{(failure.Stamp == stamp ? "" : " (it has changed since)")}");
        Track? track = catalogue.Find(path);
        if (identity is not null)
            Files("same sound", catalogue.FindSound(identity.PacketsSha256, 5));
        if (heard?.DecodedSha256 is { } decoded)
            Files("same samples", catalogue.FindDecoded(decoded, 5).Where(t => t.Sound != identity!.PacketsSha256));
        string key = model.SoundOrThrow().CompatibilityKey;
        if (vector is not null && catalogue.Spaces().FirstOrDefault(s => s.Key == key) is { } space)
        {
            using var view = new SpaceView(catalogue, space, true, context, _ => { }, null, token);
            float least = view.LeastCosineOfVersions;
            foreach (Match match in catalogue.Nearest(vector, key, 3, path, token))
            {
                bool near = match.Score >= least && Math.Abs(match.Seconds - heard!.Seconds) <= Versions.Tolerance(Math.Max(match.Seconds, heard.Seconds));
                Fact("sounds like", $"{match.Path} (cosine {match.Score:0.000}, {Seconds(match.Seconds)}{(near ? "): probably the same recording" : ")")}");
            }
        }

        return track is null ? "not known under this path" : track.Absent ? "known under this path, as absent"
            : track.Stamp == stamp ? "known, and unchanged since it was indexed" : "known, and changed since it was indexed";

        void Files(string what, IEnumerable<Track> tracks)
        {
            foreach (Track other in tracks.Where(t => t.Path != path))
                Fact(what, other.Path + (other.Absent ? " (absent)" : ""));
        }
    }

    private string Stored()
    {
        if (bad is not null)
        {
            if (kind == SoundKind.Unknown && !FolderWalk.IsNamedSound(name))
                return "nothing: index passes files over that neither their name nor their content calls sound";
            return $"the reason, {bad.Reason}; index tries it again "
                + (Reasons.LiesInTheFile(bad.Reason) ? "when the file, the program or the decoder has changed (--retry: now)" : "each time");
        }

        if (name.StartsWith('.'))
            Fact("note", "its name begins with a dot: index passes it over without --hidden");
        Need need = new(Vector: true, Segments: rule is not null, Tags: true);
        if (catalogue is not null)
        {
            var space = new IndexSpace(catalogue, model.SoundOrThrow().CompatibilityKey, rule);
            Track? track = catalogue.Find(path);
            bool known = track is not null && IndexSpace.IsKnown(track, stamp) && track.Sound == identity!.PacketsSha256;
            need = known ? space.NeedOf(track!) : space.NeedOf(identity!.PacketsSha256) with { Tags = true };
        }

        string[] parts =
        [
            .. need.Tags ? ["path, stamp, identity and tags"] : Array.Empty<string>(),
            .. need.Vector ? [$"the vector ({vector!.Length} numbers of {model.Reference})"] : Array.Empty<string>(),
            .. need.Segments ? ["those of its segments"] : Array.Empty<string>(),
        ];
        return parts.Length == 0 ? "nothing new: everything is there"
            : string.Join("; ", parts) + (need.Vector ? "" : need.Sound ? "; the vector of this sound is there" : "; the vectors of this sound are there");
    }

    private static string Seconds(double seconds) => $"{seconds:0.###} s";

    private static (ICatalogue? Catalogue, string None) Open(string? place)
    {
        if (place is null)
            return (null, "none was looked into");
        try
        {
            return (Catalogue.OpenExisting(place), "");
        }
        catch (FileNotFoundException)
        {
            return (null, $"there is none yet at {place}");
        }
        catch (Exception e) when (e is FileFormatException or IOException or UnauthorizedAccessException)
        {
            return (null, $"cannot be opened: {e.Message}");
        }
    }
}
