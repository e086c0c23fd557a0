using Euterpe.Models.Saving;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;
using Euterpe.Tensors.Files;

namespace Euterpe.Models.Pretrained.Acceptance;

/// <summary>What the numbers of a model tell about whether anybody has trained it.</summary>
/// <param name="Matrices">Matrices that are large enough to be judged.</param>
/// <param name="Structureless">
/// Those whose numbers cannot be told from independent draws: what a random initialisation leaves, and training does not.
/// </param>
/// <param name="Norms">Scales of normalisations.</param>
/// <param name="UntouchedNorms">Those that are exactly 1 everywhere, as they begin.</param>
/// <param name="Biases">Offsets.</param>
/// <param name="UntouchedBiases">Those that are exactly 0 everywhere, as most begin.</param>
/// <param name="NotFinite">Tensors that hold NaN or infinities.</param>
/// <param name="Constant">Matrices that hold one number only.</param>
/// <param name="Examples">Some structureless matrices by name.</param>
public sealed record WeightSigns(int Matrices, int Structureless, int Norms, int UntouchedNorms, int Biases, int UntouchedBiases,
    IReadOnlyList<string> NotFinite, IReadOnlyList<string> Constant, IReadOnlyList<string> Examples)
{
    /// <summary>From this share of structureless matrices on, a model looks random; where fewer matrices can be judged, nothing is said.</summary>
    public const double RandomShare = 0.9;

    /// <summary>Up to this share of structureless matrices a model looks trained.</summary>
    public const double TrainedShare = 0.25;

    /// <summary>The least number of matrices that a judgement rests on.</summary>
    public const int FewestMatrices = 4;

    private const int Side = 384, LeastSide = 16, Block = 1 << 14;

    /// <summary>Structureless matrices among all that could be judged; NaN where there are none.</summary>
    public double Share => Matrices == 0 ? double.NaN : (double)Structureless / Matrices;

    /// <summary>Nearly all matrices are as a random initialisation leaves them.</summary>
    public bool LookRandom => Matrices >= FewestMatrices && Share >= RandomShare;

    /// <summary>Nearly no matrix is.</summary>
    public bool LookTrained => Matrices >= FewestMatrices && Share <= TrainedShare;

    /// <summary>Reads every number of a model once.</summary>
    /// <param name="nameOrPath">A folder or file of a model, or a name that the cache holds.</param>
    /// <param name="cacheFolder">Where names are looked up; null for Hugging Face's own cache.</param>
    /// <param name="token">Looked at between tensors.</param>
    public static WeightSigns Of(string nameOrPath, string? cacheFolder = null, CancellationToken token = default)
    {
        var source = ModelSource.Find(nameOrPath, cache: cacheFolder);
        (_, IReadOnlyList<Checkpoint> files) = KnownLayouts.Open(source);
        try
        {
            return Of(files, token);
        }
        finally
        {
            foreach (Checkpoint file in files)
                file.Dispose();
        }
    }

    internal static WeightSigns Of(IReadOnlyList<Checkpoint> files, CancellationToken token)
    {
        int matrices = 0, structureless = 0, norms = 0, ones = 0, biases = 0, zeros = 0;
        List<string> broken = [], constant = [], examples = [];
        foreach (Checkpoint file in files)
        {
            foreach (CheckpointEntry entry in file.Entries.Where(entry => entry.Type.IsFloat() && entry.Count > 0))
            {
                token.ThrowIfCancellationRequested();
                Contents seen = Look(file, entry);
                if (!seen.Finite)
                    broken.Add(entry.Name);
                if (!seen.Finite || IsBuffer(entry.Name))
                    continue;
                if (entry.Shape.Length == 1 && entry.Count >= LeastSide)
                {
                    bool bias = EndsWith(entry.Name, "bias", "beta");
                    bool norm = !bias && EndsWith(entry.Name, "weight", "gamma", "scale", "g");
                    (biases, zeros) = (biases + (bias ? 1 : 0), zeros + (bias && seen.Constant && seen.First == 0 ? 1 : 0));
                    (norms, ones) = (norms + (norm ? 1 : 0), ones + (norm && seen.Constant && seen.First == 1 ? 1 : 0));
                }
                else if (entry.Shape.Length >= 2 && entry.Shape[0] >= LeastSide && entry.Count / entry.Shape[0] >= LeastSide)
                {
                    if (seen.Constant)
                    {
                        constant.Add(entry.Name);
                        continue;
                    }

                    matrices++;
                    if (!IsStructureless(Part(file, entry)))
                        continue;
                    structureless++;
                    if (examples.Count < 5)
                        examples.Add(entry.Name);
                }
            }
        }

        return new WeightSigns(matrices, structureless, norms, ones, biases, zeros, broken, constant, examples);
    }

    /// <summary>
    /// Whether a matrix could be independent draws of any one distribution: its rows and its columns are as long as chance makes them, and its
    /// largest singular value is that of
    /// noise (Marchenko and Pastur's edge, sigma (sqrt(rows) + sqrt(columns))). Training makes some rows and columns longer, and a few directions
    /// much stronger.
    /// </summary>
    internal static bool IsStructureless(double[][] rows)
    {
        // Rows of padding stay zero whatever the others are.
        double[][] x = [.. rows.Where(row => row.Any(value => value != 0))];
        if (x.Length < LeastSide / 2)
            return false;
        int height = x.Length, width = x[0].Length;
        double mean = x.Sum(row => row.Sum()) / ((double)height * width);
        double second = 0, fourth = 0;
        double[] across = new double[height], down = new double[width];
        for (int i = 0; i < height; i++)
        {
            for (int j = 0; j < width; j++)
            {
                double value = x[i][j] - mean, square = value * value;
                x[i][j] = value;
                second += square;
                fourth += square * square;
                across[i] += square / width;
                down[j] += square / height;
            }
        }

        second /= (double)height * width;
        fourth /= (double)height * width;
        double spread = fourth - (second * second);
        if (second == 0 || spread <= 0)
            return false;
        return Excess(across, second, spread / width) < 5 && Excess(down, second, spread / height) < 5
            && Strongest(x) / (Math.Sqrt(second) * (Math.Sqrt(height) + Math.Sqrt(width))) < 1.1
                + (2 / DoubleFunctions.Pow(Math.Min(height, width), 2.0 / 3));
    }

    /// <summary>By how many standard deviations the variance of mean squares is above that of chance.</summary>
    private static double Excess(double[] squares, double mean, double expected)
    {
        double variance = 0;
        foreach (double square in squares)
            variance += (square - mean) * (square - mean) / squares.Length;
        return ((variance / expected) - 1) / Math.Sqrt(2.0 / squares.Length);
    }

    /// <summary>The largest singular value, by repeated multiplication from a fixed start.</summary>
    private static double Strongest(double[][] x)
    {
        int width = x[0].Length;
        double[] v = new double[width];
        for (int j = 0; j < width; j++)
            v[j] = 1 + (((j * 7) % 11) / 11.0) - 0.5;
        double value = 0;
        for (int round = 0; round < 24; round++)
        {
            double norm = Math.Sqrt(Dot(v, v));
            for (int j = 0; j < width; j++)
                v[j] /= norm;
            double[] next = new double[width];
            double square = 0;
            foreach (double[] row in x)
            {
                double u = Dot(row, v);
                square += u * u;
                for (int j = 0; j < width; j++)
                    next[j] += u * row[j];
            }

            value = Math.Sqrt(square);
            v = next;
        }

        return value;
    }

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    private readonly record struct Contents(bool Finite, bool Constant, float First);

    private static Contents Look(Checkpoint file, CheckpointEntry entry)
    {
        ReadOnlySpan<byte> bytes = file.Bytes(entry.Name);
        int size = entry.Type.Size();
        float[] block = new float[(int)Math.Min(Block, entry.Count)];
        bool finite = true, constant = true;
        float? first = null;
        for (long at = 0; at < entry.Count; at += block.Length)
        {
            int count = (int)Math.Min(block.Length, entry.Count - at);
            Span<float> values = block.AsSpan(0, count);
            StoredValues.ToFloats(entry.Type, bytes.Slice(checked((int)(at * size)), count * size), values);
            first ??= values[0];
            foreach (float value in values)
            {
                finite &= float.IsFinite(value);
                constant &= value == first;
            }
        }

        return new Contents(finite, constant, first ?? 0);
    }

    /// <summary>At most 384 rows and columns, spread over the whole.</summary>
    private static double[][] Part(Checkpoint file, CheckpointEntry entry)
    {
        ReadOnlySpan<byte> bytes = file.Bytes(entry.Name);
        long height = entry.Shape[0], width = entry.Count / height;
        int size = entry.Type.Size(), rows = (int)Math.Min(Side, height), columns = (int)Math.Min(Side, width);
        double[][] part = new double[rows][];
        float[] row = new float[(int)Math.Min(width, 1 << 20)];
        for (int i = 0; i < rows; i++)
        {
            long at = i * height / rows * width * size;
            StoredValues.ToFloats(entry.Type, bytes.Slice(checked((int)at), row.Length * size), row);
            part[i] = new double[columns];
            for (int j = 0; j < columns; j++)
                part[i][j] = row[(int)((long)j * row.Length / columns)];
        }

        return part;
    }

    private static bool IsBuffer(string name) =>
        EndsWith(name, "running_mean", "running_var", "position_ids", "num_batches_tracked", "relative_position_index")
        || name.Contains("position_bias", StringComparison.Ordinal) || name.Contains("mel", StringComparison.Ordinal)
            || name.Contains("inv_freq", StringComparison.Ordinal);

    private static bool EndsWith(string name, params ReadOnlySpan<string> endings)
    {
        int point = name.LastIndexOfAny(['.', '_']);
        foreach (string ending in endings)
        {
            if (name == ending || name.EndsWith("." + ending, StringComparison.Ordinal)
                || (point >= 0 && name.AsSpan(point + 1).SequenceEqual(ending)))
                return true;
        }

        return false;
    }
}
