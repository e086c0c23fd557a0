using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Euterpe.Numerics;

/// <summary>
/// Attention of the tokens of a window to each other, for all windows and heads of a batch of pictures, with nothing copied but a head's keys and
/// values. For each query: dot = fma chain over the head's channels in order; s = fma(dot, 1 / sqrt(channels), bias); m = max s; e = exp(s - m); sum
/// of e over 16 lanes and the fixed tree; p = e * (1 / sum); y = fma chain of p times value over the window's tokens in order.
/// </summary>
[Experimental("EUTERPE001")]
public static unsafe class WindowAttention
{
    /// <summary>The definition, in plain loops.</summary>
    public static void Reference(ReadOnlySpan<float> qkv, int batch, int heads, int channels, WindowLayout layout, ReadOnlySpan<float> bias, Span<float> y)
    {
        Check(qkv, batch, heads, channels, layout, bias, y);
        int head = channels / heads, size = layout.Size, picture = layout.Height * layout.Width;
        float scale = 1 / MathF.Sqrt(head);
        var p = new float[size];
        Span<float> lanes = stackalloc float[16];
        for (int b = 0; b < batch; b++)
        {
            for (int window = 0; window < layout.Count; window++)
            {
                ReadOnlySpan<int> tokens = layout.Tokens(window);
                for (int h = 0; h < heads; h++)
                {
                    for (int i = 0; i < size; i++)
                    {
                        ReadOnlySpan<float> q = qkv.Slice((((b * picture) + tokens[i]) * 3 * channels) + (h * head), head);
                        ReadOnlySpan<float> added = bias[((((layout.Variant(window) * heads) + h) * size * layout.Padded) + i)..];
                        float largest = float.NegativeInfinity;
                        for (int j = 0; j < p.Length; j++)
                        {
                            float dot = 0;
                            for (int c = 0; c < head; c++)
                                dot = V1.FusedMultiplyAdd(q[c], qkv[(((b * picture) + tokens[j]) * 3 * channels) + channels + (h * head) + c], dot);
                            p[j] = V1.FusedMultiplyAdd(dot, scale, added[j * layout.Padded]);
                            largest = p[j] > largest ? p[j] : largest;
                        }

                        lanes.Clear();
                        for (int j = 0; j < p.Length; j++)
                        {
                            p[j] = Functions.Exp(p[j] - largest);
                            lanes[j % 16] += p[j];
                        }

                        float inverse = 1 / Tree(lanes);
                        for (int c = 0; c < head; c++)
                        {
                            float sum = 0;
                            for (int j = 0; j < size; j++)
                                sum = V1.FusedMultiplyAdd(p[j] * inverse, qkv[(((b * picture) + tokens[j]) * 3 * channels) + (2 * channels) + (h * head) + c], sum);
                            y[(((b * picture) + tokens[i]) * channels) + (h * head) + c] = sum;
                        }
                    }
                }
            }
        }
    }

    /// <param name="qkv">[batch * height * width, 3 * channels]: queries, keys and values side by side, heads in order within each.</param>
    /// <param name="batch">Pictures.</param>
    /// <param name="heads">They divide the channels.</param>
    /// <param name="channels">Of a query; at most 512 a head.</param>
    /// <param name="layout">The windows of a picture; at most 512 tokens each.</param>
    /// <param name="bias"><see cref="WindowLayout.Bias"/>.</param>
    /// <param name="y">[batch * height * width, channels].</param>
    /// <param name="token">Looked at between windows.</param>
    public static void Apply(
        ReadOnlySpan<float> qkv, int batch, int heads, int channels, WindowLayout layout, ReadOnlySpan<float> bias, Span<float> y, CancellationToken token = default)
    {
        Check(qkv, batch, heads, channels, layout, bias, y);
        if (batch == 0)
            return;
        fixed (float* from = qkv, added = bias, to = y)
        fixed (int* tokens = layout.AllTokens)
        fixed (byte* variants = layout.AllVariants)
        {
            var work = new Work
            {
                Qkv = from,
                Bias = added,
                Y = to,
                Tokens = tokens,
                Variants = variants,
                Heads = heads,
                Channels = channels,
                Windows = layout.Count,
                Size = layout.Size,
                Padded = layout.Padded,
                Picture = layout.Height * layout.Width,
            };
            delegate*<void*, int, void> body = V16.IsAccelerated ? &Chunk<V16> : V8.IsAccelerated ? &Chunk<V8> : &Chunk<V1>;
            ComputePool.Shared.Run(checked(batch * layout.Count * heads), body, &work, token);
        }
    }

    private static void Check(ReadOnlySpan<float> qkv, int batch, int heads, int channels, WindowLayout layout, ReadOnlySpan<float> bias, Span<float> y)
    {
        int head = heads > 0 && channels > 0 && channels % heads == 0 ? channels / heads : 0;
        if (head is < 1 or > 512 || layout.Size > 512)
            throw new ShapeException($"[window_attention] Heads divide the channels into 1 to 512, windows have 1 to 512 tokens: found {channels} channels, {heads} heads, {layout.Size} tokens.");
        long rows = (long)batch * layout.Height * layout.Width;
        if (batch < 0 || qkv.Length != rows * 3 * channels || y.Length != rows * channels || bias.Length != (long)layout.Variants * heads * layout.Size * layout.Padded)
        {
            throw new ShapeException(
                $"[window_attention] {batch} pictures of {layout.Height} x {layout.Width} tokens, {channels} channels, {heads} heads: "
                + $"found {qkv.Length} queries, keys and values, {bias.Length} biases and room for {y.Length} results.");
        }
    }

    private static float Tree(ReadOnlySpan<float> lanes)
    {
        float a = lanes[0] + lanes[8], b = lanes[1] + lanes[9], c = lanes[2] + lanes[10], d = lanes[3] + lanes[11];
        float e = lanes[4] + lanes[12], f = lanes[5] + lanes[13], g = lanes[6] + lanes[14], h = lanes[7] + lanes[15];
        return (a + e + (c + g)) + (b + f + (d + h));
    }

    private struct Work
    {
        public float* Qkv, Bias, Y;
        public int* Tokens;
        public byte* Variants;
        public int Heads, Channels, Windows, Size, Padded, Picture;
    }

    private static void Chunk<T>(void* context, int job)
        where T : struct, ILanes<T>
    {
        var work = (Work*)context;
        int head = work->Channels / work->Heads, wide = (head + 15) & ~15;
        int floats = (head * (work->Padded + work->Size)) + (work->Size * (work->Padded + (2 * wide)));
        if (floats <= 16384)
        {
            float* scratch = stackalloc float[floats + 16];
            Head<T>(work, job, (float*)(((nint)scratch + 63) & ~63), head, wide);
        }
        else
        {
            void* scratch = NativeMemory.AlignedAlloc((nuint)floats * sizeof(float), 64);
            Head<T>(work, job, (float*)scratch, head, wide);
            NativeMemory.AlignedFree(scratch);
        }
    }

    // One head of one window: its tokens are gathered, queries side by side; then scores, shares and results as AttentionKernel has them.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Head<T>(Work* work, int job, float* scratch, int head, int wide)
        where T : struct, ILanes<T>
    {
        int h = job % work->Heads, window = job / work->Heads % work->Windows, picture = job / work->Heads / work->Windows;
        int size = work->Size, padded = work->Padded;
        nint stride = 3 * work->Channels;
        int* tokens = work->Tokens + (window * size);
        float* qkv = work->Qkv + ((nint)picture * work->Picture * stride) + (h * head);
        float* y = work->Y + ((nint)picture * work->Picture * work->Channels) + (h * head);
        float* bias = work->Bias + ((nint)((work->Variants[window] * work->Heads) + h) * size * padded);
        float* scores = scratch, values = scores + (size * padded), results = values + (size * wide), queries = results + (size * wide),
            keys = queries + (head * padded);
        Gather(qkv, work->Channels, tokens, stride, size, padded, head, wide, queries, keys, values);
        SmallProduct.Multiply<T>(size, padded, head, keys, head, 1, queries, padded, scores, padded, false);
        T scale = T.Of(1 / MathF.Sqrt(head));
        for (int i = 0; i < padded; i += T.Width)
        {
            T most = T.Of(float.NegativeInfinity);
            for (int j = 0; j < size; j++)
            {
                int at = (j * padded) + i;
                T score = T.Fma(T.Load(ref scores[at]), scale, T.Load(ref bias[at]));
                T.Store(score, ref scores[at]);
                most = T.Max(score, most);
            }

            PositionSoftmax.Finish(scores + i, padded, size, most);
        }

        SmallProduct.Multiply<T>(size, wide, size, scores, 1, padded, values, wide, results, wide, false);
        for (int i = 0; i < size; i++)
            new ReadOnlySpan<float>(results + (i * wide), head).CopyTo(new Span<float>(y + ((nint)tokens[i] * work->Channels), head));
    }

    // queries [head, padded], keys [size, head], values [size, wide]; zeros where there is nothing.
    private static void Gather(
        float* qkv, int channels, int* tokens, nint stride, int size, int padded, int head, int wide, float* queries, float* keys, float* values)
    {
        for (int j = 0; j < size; j++)
        {
            float* row = qkv + (tokens[j] * stride);
            for (int c = 0; c < head; c++)
                queries[(c * padded) + j] = row[c];
            new ReadOnlySpan<float>(row + channels, head).CopyTo(new Span<float>(keys + (j * head), head));
            new ReadOnlySpan<float>(row + (2 * channels), head).CopyTo(new Span<float>(values + (j * wide), head));
            new Span<float>(values + (j * wide) + head, wide - head).Clear();
        }

        for (int c = 0; c < head && size < padded; c++)
            new Span<float>(queries + (c * padded) + size, padded - size).Clear();
    }
}
