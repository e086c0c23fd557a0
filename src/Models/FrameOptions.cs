using System.Globalization;
using Euterpe.Numerics;

namespace Euterpe.Models;

/// <summary>How vectors are made of a frame encoder's hidden states.</summary>
/// <param name="Layer">Which hidden states; null for the one in the middle.</param>
/// <param name="WindowSeconds">How much sound the network hears at once, 0.5 to 600. A sound that is not longer is heard in one pass.</param>
/// <param name="MarginSeconds">
/// How much of a window is context only, at each end that is not an end of the sound; at most 0.45 of it. Null for a second, or a tenth of a window of less than ten.
/// </param>
public sealed record FrameOptions(LayerChoice? Layer = null, double WindowSeconds = FrameOptions.DefaultWindow, double? MarginSeconds = null)
{
    /// <summary>Seconds of the window where nothing is said.</summary>
    public const double DefaultWindow = 30;

    /// <summary>The margin that holds.</summary>
    public double Margin => MarginSeconds ?? Math.Min(1, WindowSeconds / 10);

    /// <summary>What <see cref="ToString"/> wrote.</summary>
    public static FrameOptions Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var options = new FrameOptions();
        foreach (string part in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] pair = part.Split('=', 2);
            options = pair[0] switch
            {
                "layer" when pair.Length == 2 => options with { Layer = LayerChoice.Parse(pair[1]) },
                "window" when pair.Length == 2 => options with { WindowSeconds = Number(pair[1]) },
                "margin" when pair.Length == 2 => options with { MarginSeconds = Number(pair[1]) },
                _ => throw new OptionsException($"[frames] layer=, window= or margin= was expected, found {part}."),
            };
        }

        options.Check();
        return options;
    }

    /// <summary>Throws <see cref="OptionsException"/> where a number is out of its range.</summary>
    public void Check()
    {
        if (!(WindowSeconds >= 0.5 && WindowSeconds <= 600))
            throw new OptionsException(FormattableString.Invariant($"[frames] A window has 0.5 to 600 seconds, and not {WindowSeconds}."));
        if (!(Margin >= 0 && Margin <= 0.45 * WindowSeconds))
        {
            throw new OptionsException(FormattableString.Invariant(
                $"[frames] The margin at each end of a window of {WindowSeconds} s is 0 to {0.45 * WindowSeconds} s, and not {Margin}."));
        }
    }

    /// <summary>What differs from the defaults, as <see cref="Parse"/> reads it.</summary>
    public override string ToString() => string.Join(' ', new[]
    {
        Layer is null ? "" : $"layer={Layer}",
        WindowSeconds == DefaultWindow ? "" : string.Create(CultureInfo.InvariantCulture, $"window={WindowSeconds:R}"),
        MarginSeconds is not { } margin ? "" : string.Create(CultureInfo.InvariantCulture, $"margin={margin:R}"),
    }.Where(part => part.Length > 0));

    private static double Number(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number
        : throw new OptionsException($"[frames] A number of seconds was expected, found {text}.");
}
