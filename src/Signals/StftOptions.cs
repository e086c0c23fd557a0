using Euterpe.Numerics;

namespace Euterpe.Signals;

/// <summary>What lies beyond the ends of a sound whose frames are centred.</summary>
public enum Padding
{
    /// <summary>c b | a b c | b a: torch's and transformers' default.</summary>
    Reflect,

    /// <summary>librosa's default.</summary>
    Zeros,

    /// <summary>The first and the last sample go on.</summary>
    Edge,
}

/// <summary>Where a window shorter than the transform lies.</summary>
public enum WindowPlace
{
    /// <summary>In the middle of a frame as long as the transform (librosa, torch).</summary>
    Centre,

    /// <summary>The frame is as long as the window, and zeros follow it (transformers, Kaldi).</summary>
    Start,
}

/// <summary>What a spectrum is divided by.</summary>
public enum SpectrumScale
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Divided by the root of the summed squared window (torchaudio's normalized).</summary>
    Window,

    /// <summary>Divided by the root of the transform's length (torch.stft's normalized).</summary>
    FrameLength,
}

/// <summary>How a sound is cut into frames, and what a frame goes through before its transform.</summary>
public sealed record StftOptions
{
    /// <summary>Length of the transform, 1 to 2^24 samples.</summary>
    public int FftSize { get; init; } = 2048;

    /// <summary>Samples between frames.</summary>
    public int HopSamples { get; init; } = 512;

    /// <summary>Samples that the window spans; null is the whole transform.</summary>
    public int? WindowSamples { get; init; }

    /// <summary>The shape of the window.</summary>
    public WindowShape Window { get; init; } = WindowShape.Hann;

    /// <summary>The window is one period of a longer signal (spectra), rather than symmetric (filters).</summary>
    public bool PeriodicWindow { get; init; } = true;

    /// <summary>
    /// A Hann or Hamming window is computed in float32, as torch does, rather than rounded from double precision: it differs by 6e-8 at most, which
    /// decibels show where only the edge of a window touches a sound.
    /// </summary>
    public bool SinglePrecision { get; init; }

    /// <summary>Where a window shorter than the transform lies.</summary>
    public WindowPlace Place { get; init; } = WindowPlace.Centre;

    /// <summary>Frame t is centred at t times hop, so the sound is padded by half a frame on both sides; else frames lie within the sound.</summary>
    public bool Centered { get; init; } = true;

    /// <summary>What lies beyond the ends of the sound where frames are centred.</summary>
    public Padding Padding { get; init; } = Padding.Reflect;

    /// <summary>What a spectrum is divided by.</summary>
    public SpectrumScale Scale { get; init; } = SpectrumScale.None;

    /// <summary>Subtract each frame's mean.</summary>
    public bool RemoveMean { get; init; }

    /// <summary>Within each frame x[i] - c x[i - 1], 0 for none.</summary>
    public double Preemphasis { get; init; }

    /// <summary>Samples of sound that a frame spans.</summary>
    public int FrameLength => Place == WindowPlace.Centre ? FftSize : WindowSamples ?? FftSize;

    internal int PadSamples => Centered ? FrameLength / 2 : 0;

    internal void Check()
    {
        var problems = new List<string>();
        if (FftSize is < 1 or > 1 << 24)
        {
            problems.Add($"the transform's length is {FftSize}, 1 to 2^24 are expected");
        }
        if (HopSamples < 1)
        {
            problems.Add($"the hop is {HopSamples}, 1 or more is expected");
        }
        if (WindowSamples is int window && (window < 1 || window > FftSize))
        {
            problems.Add($"the window has {window} samples, 1 to {FftSize} are expected");
        }
        if (!double.IsFinite(Preemphasis))
        {
            problems.Add($"the pre-emphasis is {Preemphasis}");
        }
        if (problems.Count > 0)
        {
            throw new OptionsException($"[stft] {string.Join("; ", problems)}.");
        }
    }
}
