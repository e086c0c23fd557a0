using Euterpe.Numerics;
using Euterpe.Search;
using Euterpe.Tasks.Tagging;

namespace Euterpe.Tasks;

/// <summary>
/// Says which words of a set fit a sound, with any model that embeds both, without training. Scores are calibrated: what they mean is in the result.
/// One bad file never stops a run.
/// </summary>
public static class TagTask
{
    /// <summary>Tags all sounds.</summary>
    /// <param name="options">What to tag, and with what.</param>
    /// <param name="context">Where models come from, how sound is decoded, which threads; null for the defaults.</param>
    /// <param name="progress">Told about each step.</param>
    /// <param name="token">Looked at between and within sounds. What was written before stays.</param>
    /// <exception cref="OptionsException">A label set, a number or a name is not what it should be.</exception>
    /// <exception cref="InvalidOperationException">The model does not understand words.</exception>
    public static TagResult Run(
        TagOptions options, TaskContext? context = null, IProgress<TaskProgress>? progress = null, CancellationToken token = default)
    {
        context ??= new TaskContext();
        context.Begin();
        LabelSet[] sets = Check(options);
        using ICatalogue? catalogue = options.Catalogue is null ? null : Search.Catalogue.OpenExisting(options.Catalogue);
        using OpenModel model = context.Models.Open(options.Model.Or(catalogue?.Embedder), token);
        if (model.Words is not { } words || model.Sound is not { } sound)
        {
            throw new InvalidOperationException($"[tag] {model.Reference} does not understand {(model.Words is null ? "words" : "sounds")}. "
                + $"These understand both: {context.Models.UnderstandingWords}. Hint: euterpe tag FILE --model ONE-OF-THESE");
        }

        if (words.CompatibilityKey != sound.CompatibilityKey)
        {
            throw new InvalidOperationException(
                $"[tag] The words and the sounds of {model.Reference} lie in different spaces and cannot be compared.");
        }

        var known = new KnownSounds(catalogue, sound.CompatibilityKey, context.Audio);
        var found = SoundList.Of(options.Sounds, known, token);
        var hearing = new Hearing(sound, context, known);
        var notes = new List<string>();
        LabelVectors[] labels = [.. sets.Select(set => LabelVectors.Of(set, words, progress, token))];
        foreach (LabelVectors each in labels.Where(each => each.Cut.Count > 0))
            notes.Add($"{each.Cut.Count} texts of {each.Set.Name} are longer than {model.Reference} reads: the rest of them changed nothing.");
        bool needed = sets.Any(set => set.Calibration == Calibration.Percentile);
        ReferenceSounds? reference = ReferenceSounds.Find(options.Reference, needed, known, hearing, progress, token);
        if (reference is null && needed)
            notes.Add(ReferenceSounds.Missing);
        LabelScorer[] scorers = [.. labels.Select(each => new LabelScorer(each, model.Scorer, reference?.Compare(each.Vectors), options.Least))];
        TagSet[] described = [.. scorers.Select(scorer => Describe(scorer, reference))];
        var header = new TagResult(model.Reference, sound.CompatibilityKey, described, reference?.About, [], [], notes);
        var failures = new List<BadFile>(found.Failures);
        var outlet = new TagOutlet(options, context, header, failures);
        var files = new TaggedFile?[found.Sounds.Count];
        hearing.All(found.Sounds, "tagging", progress, (i, heard) =>
        {
            if (heard.Bad is { } bad)
                failures.Add(bad);
            else
            {
                FileTags[] tags = [.. scorers.Select(scorer => new FileTags(scorer.Set.Name, scorer.Scores(heard.Vector!, options.Top)))];
                files[i] = outlet.Write(new TaggedFile(found.Sounds[i].Path, heard.Seconds, heard.Known, tags, null, []), scorers, token);
            }
        }, token);
        failures.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        return header with { Files = [.. files.OfType<TaggedFile>()], Failures = failures };
    }

    private static LabelSet[] Check(TagOptions options)
    {
        if (options.Sounds.Count == 0)
            throw new OptionsException("[tag] At least one file, folder or track is needed.");
        if (options.Labels.Count == 0)
            throw new OptionsException($"[tag] At least one set of labels is needed: {string.Join(", ", LabelSets.Names)}, or a file.");
        if (options.Top is < 1 or > 2_000)
            throw new OptionsException($"[tag] The number of labels must lie between 1 and 2,000, and is {options.Top}.");
        if (options.Least is < 0 or > 1 or double.NaN)
            throw new OptionsException(FormattableString.Invariant($"[tag] The least score must lie between 0 and 1, and is {options.Least}."));
        LabelSet[] sets = [.. options.Labels.Select(LabelSets.Load)];
        if (sets.GroupBy(set => set.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new OptionsException($"[tag] Two sets of labels have the name {twice.Key}.");
        if (options.WriteTags)
        {
            if (Array.Find(sets, set => set.Tag is null) is { } without)
            {
                throw new OptionsException($"[tag] The labels {without.Name} do not say which tag of a sound file they belong to, "
                    + "so that none can be written. Hint: \"tag\": \"genre\" in the file of labels.");
            }

            if (sets.GroupBy(set => set.Tag).FirstOrDefault(group => group.Count() > 1) is { } same)
            {
                throw new OptionsException(
                    $"[tag] {string.Join(" and ", same.Select(set => set.Name))} would both be written as the tag {same.Key}.");
            }
        }

        return sets;
    }

    private static TagSet Describe(LabelScorer scorer, ReferenceSounds? reference)
    {
        LabelSet set = scorer.Set;
        bool softmax = set.Calibration == Calibration.Softmax;
        string meaning = softmax ? $"the probability that the model gives a label if one of these {set.Labels.Count} is right"
            : reference is null ? "none: cosines cannot be compared between labels without sounds to measure them by"
            : $"the share of the {reference.About.Sounds} reference sounds that the label fits less well";
        return new TagSet(set.Name, set.Hash, set.Labels.Count, softmax ? "softmax" : "percentile", scorer.Scale, scorer.Least, meaning);
    }
}
