using System.Globalization;
using Euterpe.Models.Pretrained.Acceptance;
using Euterpe.Models.Pretrained.Hub;

namespace Euterpe.Tasks.Trials;

/// <summary>What is found out about one model, and the verdict on it. Everything that is no vector comes from <see cref="VerifyTask"/>.</summary>
internal sealed class Trial(string model)
{
    public List<VerifyFigure> Figures { get; } = [];

    public List<string> Problems { get; } = [];

    public List<string> Notes { get; } = [];

    public string? Architecture { get; set; }

    public bool EmbedsSounds { get; set; }

    public int FilesChecked { get; set; }

    public WeightSigns? Signs { get; set; }

    /// <summary>Set where nothing else has to be looked at.</summary>
    public string? Verdict { get; private set; }

    private string? reason;
    private double[] fingerprint = [];
    private bool heard, known;
    private bool? agrees;

    /// <summary>Vectors of the halves of the trial sounds.</summary>
    public void Listen(float[][] first, float[][] second)
    {
        if (!Finite(first) || !Finite(second))
        {
            Problems.Add("vectors of the trial sounds hold NaN or infinite numbers");
            return;
        }

        double spread = Spread.Of(first), directions = Spread.Directions(first), own = Spread.OwnHalfNearest(first, second);
        Add("spread", spread, VerifyTask.CollapsedSpread, "how far the vectors of the trial sounds lie from their mean");
        Add("directions", directions, VerifyTask.CollapsedDirections, "over how many directions they are spread");
        Add("own-half", own, VerifyTask.DeafShare, "how often the nearest second half is the sound's own");
        Figures.Add(new VerifyFigure("mean-cosine", Spread.MeanCosine(first), "", null, "mean cosine of different trial sounds"));
        if (Spread.HalvesApart(first, second) is var halves && double.IsFinite(halves))
            Figures.Add(new VerifyFigure("halves", halves, "", null, "distance of two halves of a sound, over that of two sounds"));
        fingerprint = [.. Enumerable.Range(0, first.Length - 1).Select(i => Math.Round(Spread.Dot(first[i], first[i + 1]), 4))];
        heard = true;
        if (spread < VerifyTask.CollapsedSpread || directions < VerifyTask.CollapsedDirections)
        {
            Verdict = "collapsed";
            reason = "whatever it hears, its vectors are nearly the same"
                + (spread < VerifyTask.CollapsedSpread ? "" : ", or differ along one line only");
        }
        else if (own < VerifyTask.DeafShare)
        {
            Verdict = "collapsed";
            reason = "its vectors have nothing to do with what it hears";
        }
        else if (KnownModels.Fingerprint(model) is { } stored && stored.Count == fingerprint.Length)
        {
            double off = fingerprint.Zip(stored, (one, other) => Math.Abs(one - other)).Max();
            agrees = off <= VerifyTask.FingerprintTolerance;
            Figures.Add(new VerifyFigure("fingerprint", off, $"at most {Shown(VerifyTask.FingerprintTolerance)}", agrees,
                "largest difference from the stored cosines of the published model"));
            if (agrees == false)
                Problems.Add("it computes something else than the published model of this name");
        }
    }

    /// <summary>Vectors of the words for the instruments.</summary>
    public void Read(float[][] words)
    {
        if (!Finite(words))
        {
            Problems.Add("vectors of words hold NaN or infinite numbers");
            return;
        }

        double spread = Spread.Of(words);
        Add("word-spread", spread, VerifyTask.CollapsedSpread, "how far the vectors of different words lie from their mean");
        if (spread < VerifyTask.CollapsedSpread)
            (Verdict, reason) = ("collapsed", "whatever it reads, its vectors are nearly the same");
    }

    /// <summary>Vectors of recordings of instruments; words where the model understands them.</summary>
    public void Know(float[][] recordings, IReadOnlyList<int> kinds, float[][]? words)
    {
        if (!Finite(recordings))
        {
            Problems.Add("vectors of recordings hold NaN or infinite numbers");
            return;
        }

        double kind = Spread.SameKindNearest(recordings, kinds);
        Add("same-kind", kind, VerifyTask.KindShare, "how often the nearest other recording is of the same instrument");
        known = kind >= VerifyTask.KindShare;
        if (words is null)
            return;
        double right = Spread.RightWords(recordings, kinds, words);
        Add("right-words", right, VerifyTask.WordShare, "how often the words for an instrument fit its recording best");
        known &= right >= VerifyTask.WordShare;
    }

    public VerifyResult Damaged() => Result("damaged", Problems.Count == 1 ? Problems[0] : $"{Problems.Count} things are wrong", good: false);

    public VerifyResult Judge(bool builtIn)
    {
        if (Problems.Count > 0)
            return Damaged();
        if (Verdict is not null)
            return Result(Verdict, reason!, good: false);
        if (agrees == true)
            return Result("works", "its vectors are those that are stored for it", good: true);
        // A network can learn nearly without moving its numbers: what it knows speaks against chance.
        if (Signs?.LookRandom == true && !known)
        {
            return Result("looks random", "its numbers are as a random initialisation leaves them"
                + (Signs.Norms >= 4 && Signs.UntouchedNorms == Signs.Norms ? ", and its normalisations are untouched" : ""), good: false);
        }

        bool trained = builtIn || Signs?.LookTrained == true;
        if (trained && known)
            return Result("works", "its numbers were trained, and it knows instruments better than any random network that was measured", good: true);
        string why = !trained ? Signs!.Matrices < WeightSigns.FewestMatrices ? "it has too few large matrices to tell trained from random numbers"
                : Signs.LookRandom ? "its numbers look random, and it knows instruments all the same"
                : "a part of its matrices looks trained, a part random"
            : !heard ? "its numbers were trained; what it does was not tried"
            : Figures.Any(figure => figure.Name == "same-kind")
                ? "its numbers were trained, but it knows instruments no better than random networks do"
            : "its numbers were trained and it tells sounds apart; whether it knows instruments was not tried";
        return Result("cannot tell", why, good: true);
    }

    private VerifyResult Result(string verdict, string why, bool good) =>
        new(model, verdict, why, good, Architecture, FilesChecked, Figures, Problems, Notes, fingerprint);

    private void Add(string name, double value, double least, string meaning) =>
        Figures.Add(new VerifyFigure(name, value, $"at least {Shown(least)}", value >= least, meaning));

    private static string Shown(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);

    private static bool Finite(float[][] vectors) => vectors.All(vector => vector.All(float.IsFinite));
}
