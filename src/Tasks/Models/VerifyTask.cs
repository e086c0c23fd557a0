using Euterpe.Models;
using Euterpe.Models.Pretrained.Acceptance;
using Euterpe.Models.Pretrained.Hub;
using Euterpe.Numerics;
using Euterpe.Signals.Files;
using Euterpe.Tasks.Trials;

namespace Euterpe.Tasks;

/// <summary>Which model to verify.</summary>
/// <param name="Model">A built-in name, a name that the cache holds, a folder or a file.</param>
public sealed record VerifyOptions(string Model)
{
    /// <summary>Gives the variables HF_HOME and HF_HUB_CACHE; null for those of the process.</summary>
    public Func<string, string?>? Variable { get; init; }

    /// <summary>Where <c>samples/recordings</c> is looked for, and in the folders above; null for the program's own folder.</summary>
    public string? SamplesBeside { get; init; }
}

/// <summary>One figure of the acceptance test.</summary>
/// <param name="Name">Stable: docs/models/pull.md explains each.</param>
/// <param name="Value">What was measured.</param>
/// <param name="Wanted">What a working model has; empty for a figure that only informs.</param>
/// <param name="Good">Null for a figure that only informs.</param>
/// <param name="Meaning">For people.</param>
public sealed record VerifyFigure(string Name, double Value, string Wanted, bool? Good, string Meaning);

/// <summary>What a model turned out to be.</summary>
/// <param name="Model">What was asked for.</param>
/// <param name="Verdict"><c>works</c>, <c>collapsed</c>, <c>looks random</c>, <c>damaged</c> or <c>cannot tell</c>.</param>
/// <param name="Reason">One sentence.</param>
/// <param name="Good">False for <c>collapsed</c>, <c>looks random</c> and <c>damaged</c>.</param>
/// <param name="Architecture">What kind of model it is; null where that is not known.</param>
/// <param name="FilesChecked">Files that have the hash by which the hub knows them.</param>
/// <param name="Figures">What was measured, with what was wanted.</param>
/// <param name="Problems">Everything that is wrong.</param>
/// <param name="Notes">What could not be looked at, and why.</param>
/// <param name="Fingerprint">Cosines of neighbouring trial sounds; two copies of one model agree in them. Empty where it embeds no sounds.</param>
public sealed record VerifyResult(
    string Model, string Verdict, string Reason, bool Good, string? Architecture, int FilesChecked, IReadOnlyList<VerifyFigure> Figures,
    IReadOnlyList<string> Problems, IReadOnlyList<string> Notes, IReadOnlyList<double> Fingerprint);

/// <summary>
/// Whether a model is what it should be: its files by their hashes, its tensors by name and shape, and by what it does whether somebody has trained
/// it. The thresholds stand
/// between what was measured of models with random weights and of models that work (docs/models/pull.md); where the figures lie between, it says
/// that it cannot tell.
/// </summary>
public static class VerifyTask
{
    /// <summary>Spread of the trial sounds below which vectors are all the same; random networks have 0.025 and more.</summary>
    public const double CollapsedSpread = 1e-4;

    /// <summary>Directions below which all differences lie on one line; random networks have 1.6 and more.</summary>
    public const double CollapsedDirections = 1.2;

    /// <summary>
    /// Share of sounds whose own second half is nearest, below which a model does not hear its input; random networks have 0.65 and more.
    /// </summary>
    public const double DeafShare = 0.2;

    /// <summary>
    /// Share of recordings whose nearest other one is of the same instrument; random networks have 0.64 and less, <c>signature</c> 0.82, chance is
    /// 0.08.
    /// </summary>
    public const double KindShare = 0.7;

    /// <summary>Share of recordings whose own words fit best; random networks have 0.18 and less, chance is 0.1.</summary>
    public const double WordShare = 0.4;

    /// <summary>The largest difference of a cosine from the stored one that rounding may make.</summary>
    public const double FingerprintTolerance = 0.02;

    /// <summary>Verifies a model.</summary>
    /// <param name="options">Which one.</param>
    /// <param name="context">How sound is decoded, and with how many threads is computed.</param>
    /// <param name="progress">Told about each step.</param>
    /// <param name="token">Stops it.</param>
    /// <exception cref="ModelFileException">There is nothing of this name.</exception>
    public static VerifyResult Run(VerifyOptions options, TaskContext? context = null, IProgress<TaskProgress>? progress = null,
        CancellationToken token = default)
    {
        if (options.Model.Length == 0)
            throw new OptionsException("[verify] The name of a model, a folder or a file is needed.");
        context ??= new TaskContext();
        context.Begin();
        var trial = new Trial(options.Model);
        string model = options.Model;
        bool builtIn = model == ModelShelf.BuiltIn && !Path.Exists(model);
        if (!builtIn)
        {
            string cache = HubEnvironment.Cache(options.Variable);
            CachedModel? cached = Path.Exists(model) ? null : CachedModels.Find(cache, model);
            if (cached is not null)
            {
                Hashes(cache, cached, trial, progress, token);
                model = cached.Folder;
            }
            else
            {
                trial.Notes.Add("no hashes are known of files outside of the cache");
            }

            if (!Shapes(model, cached is null, trial) || trial.Problems.Count > 0)
                return trial.Damaged();
            progress?.Report(new TaskProgress("reading weights", 0, null, null));
            trial.Signs = WeightSigns.Of(model, token: token);
            if (trial.Signs.NotFinite.Count > 0)
                trial.Problems.Add($"{string.Join(", ", trial.Signs.NotFinite.Take(3))}: NaN or infinite numbers");
            Weights(trial.Signs, trial);
            if (trial.Problems.Count > 0)
                return trial.Damaged();
        }
        else
        {
            trial.Architecture = model;
        }

        if (builtIn || trial.EmbedsSounds)
            Behaviour(model, builtIn, options, context, trial, progress, token);
        else
            trial.Notes.Add("it embeds no sounds here: only its numbers were looked at");
        return trial.Judge(builtIn);
    }

    private static void Hashes(string cache, CachedModel model, Trial trial, IProgress<TaskProgress>? progress, CancellationToken token)
    {
        trial.Problems.AddRange(model.Missing.Select(file => $"{file} is missing"));
        (int good, IReadOnlyList<string> bad, IReadOnlyList<string> unknown) = CachedModels.CheckHashes(cache, model,
            progress is null ? null : new Bytes(progress, model.Bytes), token);
        trial.FilesChecked = good;
        trial.Problems.AddRange(bad);
        trial.Notes.AddRange(unknown.Select(file => $"no hash is known of {file}"));
    }

    /// <summary>Names and shapes of all tensors, as opening the model asks for them.</summary>
    private static bool Shapes(string model, bool asked, Trial trial)
    {
        if (asked && !Path.Exists(model))
            _ = PretrainedModel.Inspect(model);
        try
        {
            ModelReport report = PretrainedModel.Inspect(model);
            (trial.Architecture, trial.EmbedsSounds) = (report.Architecture, report.Abilities.Contains("embed sounds"));
            trial.Notes.AddRange(report.Notes);
            return true;
        }
        catch (Exception error) when (error is ModelFileException or FileFormatException)
        {
            trial.Problems.Add(error.Message);
            return false;
        }
    }

    private static void Weights(WeightSigns signs, Trial trial)
    {
        trial.Figures.Add(new VerifyFigure("structureless", signs.Matrices == 0 ? 0
            : signs.Share, $"at most {WeightSigns.TrainedShare} of at least {WeightSigns.FewestMatrices}",
            signs.Matrices < WeightSigns.FewestMatrices ? null : signs.LookTrained,
            $"{signs.Structureless:N0} of {signs.Matrices:N0} matrices cannot be told from random numbers"));
        if (signs.Norms > 0)
        {
            trial.Figures.Add(new VerifyFigure("untouched-norms", (double)signs.UntouchedNorms / signs.Norms, "", null,
                $"{signs.UntouchedNorms:N0} of {signs.Norms:N0} normalisations are exactly as they begin, 1 everywhere"));
        }

        if (signs.Biases > 0)
        {
            trial.Figures.Add(new VerifyFigure("untouched-biases", (double)signs.UntouchedBiases / signs.Biases, "", null,
                $"{signs.UntouchedBiases:N0} of {signs.Biases:N0} biases are exactly 0 everywhere"));
        }

        if (signs.Constant.Count > 0)
            trial.Notes.Add($"one number fills {signs.Constant.Count:N0} matrices: {string.Join(", ", signs.Constant.Take(3))}");
        if (!signs.LookTrained && !signs.LookRandom && signs.Examples.Count > 0)
            trial.Notes.Add($"these look random: {string.Join(", ", signs.Examples)}{(signs.Structureless > signs.Examples.Count ? " ..." : "")}");
    }

    private static void Behaviour(string model, bool builtIn, VerifyOptions options, TaskContext context, Trial trial,
        IProgress<TaskProgress>? progress, CancellationToken token)
    {
        using OpenModel open = (builtIn ? ModelShelf.Shared : context.Models).Open(new ModelChoice(model), token);
        IAudioEmbedder sound = open.SoundOrThrow();
        TrialRecordings? recordings = TrialRecordings.Find(options.SamplesBeside);
        if (recordings is not null && AudioFile.FfmpegBuild(context.Audio) is null)
            recordings = null;
        long done = 0, total = (2 * TrialSounds.Count) + (recordings?.Files.Count ?? 0);
        float[][] first = Half(0), second = Half(1);
        trial.Listen(first, second);
        if (trial.Problems.Count > 0 || trial.Verdict is not null)
            return;
        float[][]? words = open.Words is null ? null : [.. TrialRecordings.Words.Select(text => open.Words.Embed(text, token))];
        if (words is not null)
            trial.Read(words);
        if (recordings is null)
        {
            trial.Notes.Add("samples/recordings is not beside the program, or FFmpeg is not installed: whether it knows instruments was not tried");
            return;
        }

        float[][] heard = [.. recordings.Files.Select(file => Embedded(() =>
        {
            using AudioFile source = AudioFile.Open(file, context.Audio, token);
            return sound.Embed(source, token);
        }))];
        trial.Know(heard, recordings.Kinds, words);

        float[][] Half(int half) =>
            [.. Enumerable.Range(0, TrialSounds.Count)
                .Select(i => Embedded(() => sound.Embed(TrialSounds.Half(i, half, sound.SampleRate).Open(), token)))];

        float[] Embedded(Func<float[]> embed)
        {
            token.ThrowIfCancellationRequested();
            progress?.Report(new TaskProgress("embedding", done++, total, null));
            return embed();
        }
    }

    private sealed class Bytes(IProgress<TaskProgress> inner, long total) : IProgress<long>
    {
        public void Report(long value) => inner.Report(new TaskProgress("checking MB", value / 1_000_000, Math.Max(1, total / 1_000_000), null));
    }
}
