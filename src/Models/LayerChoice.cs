using System.Globalization;
using Euterpe.Numerics;

namespace Euterpe.Models;

/// <summary>Which hidden states of a frame encoder make its vectors.</summary>
public abstract record LayerChoice
{
    private LayerChoice()
    {
    }

    /// <summary>As it is written: a number, <c>last</c>, <c>mean</c>, or weights with commas between them.</summary>
    /// <exception cref="OptionsException">It is none of these.</exception>
    public static LayerChoice Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text == "last")
            return new One(-1);
        if (text == "mean")
            return new Mean();
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && Math.Abs(number) <= 1 << 16)
            return new One(number);
        string[] parts = text.Split(',');
        double[] weights = new double[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (parts.Length < 2 || !double.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out weights[i])
                || !double.IsFinite(weights[i]))
            {
                throw new OptionsException($"[layer] A number, last, mean, or weights such as 0,0.5,0.5 (one for each hidden state) were expected, found {text}.");
            }
        }

        return new Weighted(string.Join(",", weights.Select(weight => weight.ToString("R", CultureInfo.InvariantCulture))));
    }

    /// <summary>The weight of each hidden state, for a model that has so many.</summary>
    /// <exception cref="OptionsException">The model has fewer, or another number of weights was given.</exception>
    public abstract double[] WeightsOf(int layers);

    /// <summary>The middle of the network, where no choice was made.</summary>
    public static LayerChoice Middle(int layers) => new One((layers - 1) / 2);

    /// <summary>One hidden state; negative numbers count from the end.</summary>
    public sealed record One(int Number) : LayerChoice
    {
        /// <inheritdoc/>
        public override double[] WeightsOf(int layers)
        {
            int number = Number < 0 ? layers + Number : Number;
            if (number < 0 || number >= layers)
                throw new OptionsException($"[layer] The model has the hidden states 0 to {layers - 1}, and {Number} was asked for.");
            var weights = new double[layers];
            weights[number] = 1;
            return weights;
        }

        /// <inheritdoc/>
        public override string ToString() => Number == -1 ? "last" : Number.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>The mean of all hidden states.</summary>
    public sealed record Mean : LayerChoice
    {
        /// <inheritdoc/>
        public override double[] WeightsOf(int layers)
        {
            var weights = new double[layers];
            Array.Fill(weights, 1.0 / layers);
            return weights;
        }

        /// <inheritdoc/>
        public override string ToString() => "mean";
    }

    /// <summary>A weight for each hidden state, as text with commas.</summary>
    public sealed record Weighted(string Text) : LayerChoice
    {
        /// <inheritdoc/>
        public override double[] WeightsOf(int layers)
        {
            double[] weights = [.. Text.Split(',').Select(part => double.Parse(part, CultureInfo.InvariantCulture))];
            if (weights.Length != layers)
                throw new OptionsException($"[layer] The model has {layers} hidden states: found {weights.Length} weights.");
            return weights.Any(weight => weight != 0) ? weights : throw new OptionsException("[layer] At least one weight must not be 0.");
        }

        /// <inheritdoc/>
        public override string ToString() => Text;
    }
}
