using System.Runtime.Intrinsics;

namespace Euterpe.Numerics;

/// <summary>What a frame's bins become.</summary>
[Experimental("EUTERPE001")]
public enum FrameOutput
{
    /// <summary>re² + im².</summary>
    Power,

    /// <summary>The root of the power.</summary>
    Magnitude,

    /// <summary>Real and imaginary rows in turn.</summary>
    Complex,
}

/// <summary>
/// Windowed frames of a signal and their spectra, sixteen frames at a time, one a lane: no frame sees its neighbours, so blocks, batches and vector
/// widths give the same bits. A row of results is 16 floats, one for each frame.
/// </summary>
[Experimental("EUTERPE001")]
public sealed unsafe class FrameTransform
{
    /// <summary>Frames in one call, at most.</summary>
    public const int Lanes = FrameGather.Lanes;

    private readonly Fft _fft;
    private readonly float[] _window;
    private readonly int _first;
    private readonly int _level;

    /// <param name="fftSize">Length of the transform, 1 or more.</param>
    /// <param name="window">Up to fftSize factors; the frame is zero outside them.</param>
    /// <param name="first">Row of the transform at which the window begins: (fftSize - window) / 2 for librosa and torch, 0 for transformers.</param>
    public FrameTransform(int fftSize, ReadOnlySpan<float> window, int first)
        : this(fftSize, window, first, Vector512.IsHardwareAccelerated ? 16 : Vector256.IsHardwareAccelerated ? 8 : 1)
    {
    }

    internal FrameTransform(int fftSize, ReadOnlySpan<float> window, int first, int level)
    {
        if (window.Length < 1 || first < 0 || first + window.Length > fftSize)
        {
            throw new ShapeException($"[frames] A window of {window.Length} from row {first} on does not fit a transform of {fftSize}.");
        }
        (_fft, _window, _first, _level) = (Fft.Of(fftSize), window.ToArray(), first, level);
        FftSize = fftSize;
    }

    public int FftSize { get; }

    public int Bins => (FftSize / 2) + 1;

    public int WindowLength => _window.Length;

    /// <summary>Subtract each frame's mean before windowing (Kaldi, transformers' remove_dc_offset).</summary>
    public bool RemoveMean { get; init; }

    /// <summary>x[i] - c x[i - 1] within each frame, and x[0] (1 - c), before windowing; 0 for none.</summary>
    public double Preemphasis { get; init; }

    /// <summary>Rows that a result has: bins, twice as many for complex.</summary>
    public int Rows(FrameOutput output) => output == FrameOutput.Complex ? 2 * Bins : Bins;

    /// <summary>Memory for one caller; threads take one each.</summary>
    public FrameScratch CreateScratch() => new((FftSize % 2 == 0 && (_fft.IsDirect) ? FftSize : 2 * FftSize) * Lanes);

    /// <summary>
    /// Frame f, of count up to 16, is samples[f * hop ..] for as many samples as the window has. Result: Rows(output) rows of 16; lanes beyond count
    /// hold what an empty frame gives.
    /// </summary>
    public void Run(ReadOnlySpan<float> samples, int hop, int count, FrameOutput output, Span<float> result, FrameScratch scratch)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(hop);
        long needed = ((long)(count - 1) * hop) + _window.Length;
        if (count is < 1 or > Lanes || samples.Length < needed || result.Length < Rows(output) * Lanes || scratch.Length < FftSize * Lanes)
        {
            throw new ShapeException($"[frames] {count} frames of {_window.Length}, {hop} apart, need {needed} samples and "
                + $"{Rows(output) * Lanes} results: "
                + $"found {samples.Length} and {result.Length}.");
        }
        float* work = scratch.Pointer;
        fixed (float* source = samples, to = result)
        {
            switch (_level)
            {
                case 16: Run<Float16>(source, hop, count, output, to, work); break;
                case 8: Run<Float8>(source, hop, count, output, to, work); break;
                default: Run<Float1>(source, hop, count, output, to, work); break;
            }
        }
        // The pointer alone would not keep the memory: a caller's last call may be its last use of the scratch.
        GC.KeepAlive(scratch);
    }

    private void Run<T>(float* source, int hop, int count, FrameOutput output, float* result, float* work)
        where T : unmanaged, ITransformLanes<T, float>
    {
        if (RemoveMean || Preemphasis != 0)
        {
            Precise(source, hop, count, output, result);
            return;
        }
        float* rows = work + (_first * Lanes);
        new Span<float>(work, _first * Lanes).Clear();
        new Span<float>(rows + (_window.Length * Lanes), (FftSize - _first - _window.Length) * Lanes).Clear();
        fixed (float* window = _window)
        {
            FrameGather.Run(source, hop, count, _window.Length, window, rows, _level);
        }
        if (!_fft.IsDirect)
        {
            OneByOne(work, output, result);
            return;
        }
        if (FftSize % 2 != 0)
        {
            Widen(work);
        }
        for (int at = 0; at < Lanes; at += T.Width)
        {
            switch (output)
            {
                case FrameOutput.Power: Transform<T, PowerBin<T, float>>(work + at, result + at); break;
                case FrameOutput.Magnitude: Transform<T, MagnitudeBin<T, float>>(work + at, result + at); break;
                default: Transform<T, ComplexBin<T, float>>(work + at, result + at); break;
            }
        }
    }

    private void Transform<T, TSink>(float* work, float* result)
        where T : unmanaged, ITransformLanes<T, float>
        where TSink : struct, IBinSink<T, float>
    {
        if (FftSize % 2 == 0)
        {
            FftPlan<float> half = Fft.Of(FftSize / 2).Single;
            half.Run<T>(work, Lanes);
            RealSplit<T, float, TSink>.Even(half, work, Lanes, result);
        }
        else
        {
            _fft.Single.Run<T>(work, Lanes);
            RealSplit<T, float, TSink>.Odd(_fft.Single, work, Lanes, result);
        }
    }

    /// <summary>
    /// Mean, pre-emphasis, window and transform of one frame after another in double: what pre-emphasis leaves is small beside what it takes away.
    /// </summary>
    private void Precise(float* source, int hop, int count, FrameOutput output, float* result)
    {
        int n = _window.Length;
        double[] frame = new double[FftSize], spectrum = new double[2 * Bins];
        Span<double> inside = frame.AsSpan(_first, n);
        for (int lane = 0; lane < Lanes; lane++)
        {
            for (int i = 0; i < n; i++)
            {
                inside[i] = lane < count ? source[((nint)lane * hop) + i] : 0;
            }
            double mean = RemoveMean ? Reductions.Sum(inside) / n : 0, last = inside[0] - mean;
            inside[0] = (last - (Preemphasis * last)) * _window[0];
            for (int i = 1; i < n; i++)
            {
                double here = inside[i] - mean;
                inside[i] = (here - (Preemphasis * last)) * _window[i];
                last = here;
            }
            _fft.ForwardReal(frame, spectrum);
            for (int k = 0; k < Bins; k++)
            {
                Put(output, result, lane, k, (float)spectrum[2 * k], (float)spectrum[(2 * k) + 1]);
            }
        }
    }

    private static void Put(FrameOutput output, float* result, int lane, int bin, float real, float imaginary)
    {
        Float1 re = new(real), im = new(imaginary);
        switch (output)
        {
            case FrameOutput.Power: PowerBin<Float1, float>.Put(result + lane, Lanes, bin, re, im); break;
            case FrameOutput.Magnitude: MagnitudeBin<Float1, float>.Put(result + lane, Lanes, bin, re, im); break;
            default: ComplexBin<Float1, float>.Put(result + lane, Lanes, bin, re, im); break;
        }
    }

    /// <summary>Real rows become complex elements, from the end backwards.</summary>
    private void Widen(float* work)
    {
        for (int i = FftSize - 1; i >= 0; i--)
        {
            new Span<float>(work + (i * Lanes), Lanes).CopyTo(new Span<float>(work + (2 * i * Lanes), Lanes));
            new Span<float>(work + (((2 * i) + 1) * Lanes), Lanes).Clear();
        }
    }

    private void OneByOne(float* work, FrameOutput output, float* result)
    {
        float[] frame = new float[FftSize], spectrum = new float[2 * Bins];
        for (int lane = 0; lane < Lanes; lane++)
        {
            for (int i = 0; i < FftSize; i++)
            {
                frame[i] = work[(i * Lanes) + lane];
            }
            _fft.ForwardReal(frame, spectrum);
            for (int k = 0; k < Bins; k++)
            {
                Put(output, result, lane, k, spectrum[2 * k], spectrum[(2 * k) + 1]);
            }
        }
    }
}

/// <summary>Working memory of a <see cref="FrameTransform"/>, on a cache line.</summary>
[Experimental("EUTERPE001")]
public sealed unsafe class FrameScratch
{
    private readonly float[] _memory;

    internal FrameScratch(int length)
    {
        _memory = GC.AllocateUninitializedArray<float>(length + 16, pinned: true);
        nuint address = (nuint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref _memory[0]);
        Pointer = (float*)((address + 63) & ~(nuint)63);
        Length = length;
    }

    internal float* Pointer { get; }

    internal int Length { get; }
}
