using System.Runtime.CompilerServices;

namespace Euterpe.Numerics;

/// <summary>
/// The first layer of a network that hears samples: y[t, c] = sum over i of x[t * stride + i] * w[c, i] (+ bias), each channel normalised over
/// all of time, then a function. The values before the norm are never stored: they are made three times (for the means, for the variances, for the
/// result), which is cheaper than memory. The bits are those of <see cref="Convolution"/>, <see cref="NormKernels.Group"/> with a group for each
/// channel, and the function, one after the other.
/// </summary>
[Experimental("EUTERPE001")]
public static unsafe class WaveConvolution
{
    private const int Lanes = 16;
    private const int TileFrames = 96;

    /// <summary>Mean and 1 / sqrt(variance + eps) of each channel over all frames.</summary>
    /// <param name="x">Samples; (frames - 1) * stride + w.Inputs or more.</param>
    /// <param name="frames">Number of frames, 1 or more.</param>
    /// <param name="stride">Samples from one frame to the next.</param>
    /// <param name="w">Packed [channels, width of the kernel]; the width is at most 512.</param>
    /// <param name="bias">One number for each channel, or empty.</param>
    /// <param name="eps">Added to the variance.</param>
    /// <param name="mean">[channels].</param>
    /// <param name="scale">[channels].</param>
    /// <param name="token">Looked at between chunks.</param>
    public static void Statistics(
        ReadOnlySpan<float> x, int frames, int stride, PackedMatrix w, ReadOnlySpan<float> bias, float eps, Span<float> mean, Span<float> scale,
        CancellationToken token = default)
    {
        Check(x, frames, stride, w, bias, mean, scale);
        token.ThrowIfCancellationRequested();
        fixed (float* px = x, pb = bias, pm = mean, ps = scale)
        {
            Job job = new(px, frames, stride, w, pb, pm, ps) { Eps = eps };
            ComputePool.Shared.Run(Panels.Count(w.Outputs), &StatisticsOfPanel, &job, token);
        }

        GC.KeepAlive(w);
    }

    /// <summary>y = function(norm(convolution)) of some frames, with statistics of all of them.</summary>
    /// <param name="x">Samples from the first of these frames on.</param>
    /// <param name="frames">How many frames are made.</param>
    /// <param name="stride">Samples from one frame to the next.</param>
    /// <param name="w">As above.</param>
    /// <param name="bias">As above.</param>
    /// <param name="mean">From <see cref="Statistics"/>.</param>
    /// <param name="scale">From <see cref="Statistics"/>.</param>
    /// <param name="weight">[channels], of the norm.</param>
    /// <param name="shift">[channels], of the norm.</param>
    /// <param name="fused">Applied last.</param>
    /// <param name="y">[frames, channels].</param>
    /// <param name="token">Looked at between chunks.</param>
    public static void Normalised(
        ReadOnlySpan<float> x, int frames, int stride, PackedMatrix w, ReadOnlySpan<float> bias, ReadOnlySpan<float> mean, ReadOnlySpan<float> scale,
        ReadOnlySpan<float> weight, ReadOnlySpan<float> shift, Fused fused, Span<float> y, CancellationToken token = default)
    {
        Check(x, frames, stride, w, bias, mean, scale);
        if (weight.Length != w.Outputs || shift.Length != w.Outputs || y.Length != (long)frames * w.Outputs)
        {
            throw new ShapeException($"[wave] {w.Outputs} channels need as many weights ({weight.Length}) and shifts ({shift.Length}), "
                + $"and y {frames} frames of them: it holds {y.Length} numbers.");
        }

        token.ThrowIfCancellationRequested();
        fixed (float* px = x, pb = bias, pm = mean, ps = scale, pw = weight, pt = shift, py = y)
        {
            Job job = new(px, frames, stride, w, pb, pm, ps) { Weight = pw, Shift = pt, Fused = fused, Y = py };
            ComputePool.Shared.Run((frames + TileFrames - 1) / TileFrames, &FramesOfTile, &job, token);
        }

        GC.KeepAlive(w);
    }

    private static void Check(
        ReadOnlySpan<float> x, int frames, int stride, PackedMatrix w, ReadOnlySpan<float> bias, ReadOnlySpan<float> mean, ReadOnlySpan<float> scale)
    {
        ArgumentNullException.ThrowIfNull(w);
        if (frames < 1 || stride < 1 || w.Inputs is < 1 or > Panels.Block)
        {
            throw new ShapeException($"[wave] 1 frame, a stride of 1 and a kernel of 1 to {Panels.Block} at least: {frames} frames, stride {stride}, "
                + $"kernel {w.Inputs}.");
        }

        if (((long)(frames - 1) * stride) + w.Inputs > x.Length)
            throw new ShapeException($"[wave] {frames} frames need {((long)(frames - 1) * stride) + w.Inputs} samples: there are {x.Length}.");
        if (mean.Length != w.Outputs || scale.Length != w.Outputs || (!bias.IsEmpty && bias.Length != w.Outputs))
        {
            throw new ShapeException(
                $"[wave] {w.Outputs} channels need as many means ({mean.Length}), scales ({scale.Length}) and biases ({bias.Length}, or none).");
        }
    }

    // All frames of up to 64 channels, twice: what is added up stays in the first cache.
    private static void StatisticsOfPanel(void* context, int panel)
    {
        Job* job = (Job*)context;
        (int start, int width) = Panels.At(panel, job->N);
        int valid = Math.Min(width, job->N - start);
        float* tile = (float*)ThreadScratch.Get((TileFrames + Lanes + 1) * Panels.Width * sizeof(float));
        float* lanes = tile + (TileFrames * width), center = lanes + (Lanes * width);
        new Span<float>(center, width).Clear();
        for (int pass = 0; pass < 2; pass++)
        {
            new Span<float>(lanes, Lanes * width).Clear();
            for (int frame = 0; frame < job->Frames; frame += TileFrames)
            {
                int count = Math.Min(TileFrames, job->Frames - frame);
                job->Product(frame, count, start, width, tile, width);
                if (job->Bias != null)
                    Epilogue.Apply(tile, width, count, valid, job->Bias + start, Fused.None, null, 0);
                if (V16.IsAccelerated)
                    Gather<V16>(tile, count, width, pass == 0, center, lanes);
                else if (V8.IsAccelerated)
                    Gather<V8>(tile, count, width, pass == 0, center, lanes);
                else
                    Gather<V1>(tile, count, width, pass == 0, center, lanes);
            }

            for (int half = Lanes / 2; half > 0; half /= 2)
            {
                for (int i = 0; i < half * width; i++)
                    lanes[i] += lanes[i + (half * width)];
            }

            for (int c = 0; c < valid; c++)
            {
                if (pass == 0)
                    job->Mean[start + c] = center[c] = lanes[c] / job->Frames;
                else
                    job->Scale[start + c] = 1f / MathF.Sqrt((lanes[c] / job->Frames) + job->Eps);
            }
        }
    }

    // Frame t goes to lane t modulo 16; a tile begins at a multiple of 16.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gather<T>(float* tile, int count, int width, bool sums, float* center, float* lanes)
        where T : struct, ILanes<T>
    {
        for (int lane = 0; lane < Math.Min(Lanes, count); lane++)
        {
            for (int c = 0; c < width; c += T.Width)
            {
                T sum = T.Load(ref lanes[(lane * width) + c]), mean = T.Load(ref center[c]);
                for (int r = lane; r < count; r += Lanes)
                {
                    T value = T.Load(ref tile[(r * width) + c]);
                    T d = value - mean;
                    sum = sums ? sum + value : T.Fma(d, d, sum);
                }

                T.Store(sum, ref lanes[(lane * width) + c]);
            }
        }
    }

    private static void FramesOfTile(void* context, int tile)
    {
        Job* job = (Job*)context;
        int first = tile * TileFrames, last = Math.Min(first + TileFrames, job->Frames);
        for (int frame = first; frame < last; frame += Tiles.Rows)
        {
            int count = Math.Min(Tiles.Rows, last - frame);
            float* y = job->Y + ((long)frame * job->N);
            for (int panel = 0; panel < Panels.Count(job->N); panel++)
            {
                (int start, int width) = Panels.At(panel, job->N);
                Tiles.RunEdge(job->Type, count, width, Math.Min(width, job->N - start), job->X + ((long)frame * job->Stride), job->Stride,
                    job->W + ((long)start * job->K * job->Size), width, job->K, y + start, job->N, true);
            }

            if (job->Bias != null)
                Epilogue.Apply(y, job->N, count, job->N, job->Bias, Fused.None, null, 0);
            for (int r = 0; r < count; r++)
            {
                if (V16.IsAccelerated)
                    job->Standardise<V16>(y + ((long)r * job->N));
                else if (V8.IsAccelerated)
                    job->Standardise<V8>(y + ((long)r * job->N));
                else
                    job->Standardise<V1>(y + ((long)r * job->N));
            }

            Epilogue.Function(job->Fused, new Span<float>(y, count * job->N));
        }
    }

    private struct Job
    {
        public float* X, Bias, Mean, Scale, Weight, Shift, Y;
        public byte* W;
        public PackedType Type;
        public Fused Fused;
        public int Frames, Stride, Size, K, N;
        public float Eps;

        public Job(float* x, int frames, int stride, PackedMatrix w, float* bias, float* mean, float* scale)
        {
            X = x;
            Bias = bias;
            Mean = mean;
            Scale = scale;
            W = w.Data;
            (Frames, Stride, Type, Size, K, N) = (frames, stride, w.Type, w.ElementSize, w.Inputs, w.Outputs);
        }

        public readonly void Product(int frame, int count, int start, int width, float* to, int toStride)
        {
            for (int r = 0; r < count; r += Tiles.Rows)
            {
                Tiles.Run(Type, Math.Min(Tiles.Rows, count - r), width, X + ((long)(frame + r) * Stride), Stride, W + ((long)start * K * Size),
                    width, K, to + (r * toStride), toStride, true);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Standardise<T>(float* row)
            where T : struct, ILanes<T>
        {
            int c = 0;
            for (; c + T.Width <= N; c += T.Width)
            {
                T value = (T.Load(ref row[c]) - T.Load(ref Mean[c])) * T.Load(ref Scale[c]);
                T.Store(T.Fma(value, T.Load(ref Weight[c]), T.Load(ref Shift[c])), ref row[c]);
            }

            for (; c < N; c++)
                row[c] = V1.FusedMultiplyAdd((row[c] - Mean[c]) * Scale[c], Weight[c], Shift[c]);
        }
    }
}
