using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Euterpe.Numerics;

/// <summary>
/// Attention of the tokens of a window to each other, for all windows and heads of a batch of pictures, with nothing copied but a head's keys and
/// values.
/// For each query: dot = fma chain over the head's channels in order; s = fma(dot, 1 / sqrt(channels), bias); m = max s; e = exp(s - m); sum of e
/// over 16 lanes
/// and the fixed tree; p = e * (1 / sum); y = fma chain of p times value over the window's tokens in order.
/// </summary>
public static unsafe class WindowAttention
{
    private const int Rows = 4;

    /// <summary>The definition, in plain loops.</summary>
    public static void Reference(
        ReadOnlySpan<float> qkv, int batch, int heads, int channels, WindowLayout layout, ReadOnlySpan<float> bias, Span<float> y)
    {
        Check(qkv, batch, heads, channels, layout, bias, y);
        int head = channels / heads, size = layout.Size, picture = layout.Height * layout.Width;
        float scale = 1 / MathF.Sqrt(head);
        var p = new float[layout.Padded];
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
                        ReadOnlySpan<float> added = bias.Slice(((((layout.Variant(window) * heads) + h) * size) + i) * layout.Padded, layout.Padded);
                        float largest = float.NegativeInfinity;
                        for (int j = 0; j < p.Length; j++)
                        {
                            float dot = 0;
                            for (int c = 0; c < head && j < size; c++)
                                dot = MathF.FusedMultiplyAdd(
                                    q[c], qkv[(((b * picture) + tokens[j]) * 3 * channels) + channels + (h * head) + c], dot);
                            p[j] = MathF.FusedMultiplyAdd(dot, scale, added[j]);
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
                                sum = MathF.FusedMultiplyAdd(
                                    p[j] * inverse, qkv[(((b * picture) + tokens[j]) * 3 * channels) + (2 * channels) + (h * head) + c], sum);
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
        ReadOnlySpan<float> qkv, int batch, int heads, int channels, WindowLayout layout, ReadOnlySpan<float> bias, Span<float> y,
            CancellationToken token = default)
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

    private static void Check(
        ReadOnlySpan<float> qkv, int batch, int heads, int channels, WindowLayout layout, ReadOnlySpan<float> bias, Span<float> y)
    {
        int head = heads > 0 && channels > 0 && channels % heads == 0 ? channels / heads : 0;
        if (head is < 1 or > 512 || layout.Size > 512)
            throw new ShapeException(
                $"[window_attention] Heads divide the channels into 1 to 512, windows have 1 to 512 tokens: "
                + $"found {channels} channels, {heads} heads, {layout.Size} tokens.");
        long rows = (long)batch * layout.Height * layout.Width;
        if (batch < 0 || qkv.Length != rows * 3 * channels || y.Length != rows * channels
            || bias.Length != (long)layout.Variants * heads * layout.Size * layout.Padded)
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
        int floats = (head * work->Padded) + (work->Size * wide) + (Rows * (work->Padded + wide)) + 16;
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

    // One head of one window: keys transposed to [channels, tokens], values packed to [tokens, wide], then four queries at a time.
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
        float* keys = scratch, values = keys + (head * padded), scores = values + (size * wide), results = scores + (Rows * padded),
            lanes = results + (Rows * wide);
        Transpose(qkv + work->Channels, tokens, stride, size, padded, head, keys);
        for (int j = 0; j < size; j++)
        {
            new ReadOnlySpan<float>(qkv + (tokens[j] * stride) + (2 * work->Channels), head).CopyTo(new Span<float>(values + (j * wide), head));
            new Span<float>(values + (j * wide) + head, wide - head).Clear();
        }

        float scale = 1 / MathF.Sqrt(head);
        for (int i = 0; i < size; i += Rows)
        {
            // Beyond the end the last query is worked out again, and not stored.
            int i1 = Math.Min(i + 1, size - 1), i2 = Math.Min(i + 2, size - 1), i3 = Math.Min(i + 3, size - 1);
            float* q0 = qkv + (tokens[i] * stride), q1 = qkv + (tokens[i1] * stride), q2 = qkv + (tokens[i2] * stride),
                q3 = qkv + (tokens[i3] * stride);
            float* b0 = bias + (i * padded), b1 = bias + (i1 * padded), b2 = bias + (i2 * padded), b3 = bias + (i3 * padded);
            int j = 0;
            for (; j + (4 * T.Width) <= padded; j += 4 * T.Width)
                Scores<T>(q0, q1, q2, q3, head, keys + j, padded, scale, b0 + j, b1 + j, b2 + j, b3 + j, scores + j);
            for (; j < padded; j += T.Width)
                ScoresNarrow<T>(q0, q1, q2, q3, head, keys + j, padded, scale, b0 + j, b1 + j, b2 + j, b3 + j, scores + j);
            for (int r = 0; r < Rows; r++)
                Softmax<T>(scores + (r * padded), padded, lanes);
            int c = 0;
            for (; c + (2 * T.Width) <= wide; c += 2 * T.Width)
                Mix<T>(scores, padded, size, values + c, wide, results + c);
            for (; c < wide; c += T.Width)
                MixNarrow<T>(scores, padded, size, values + c, wide, results + c);
            for (int r = 0; r < Rows && i + r < size; r++)
                new ReadOnlySpan<float>(results + (r * wide), head).CopyTo(new Span<float>(y + ((nint)tokens[i + r] * work->Channels), head));
        }
    }

    private static void Transpose(float* keys, int* tokens, nint stride, int size, int padded, int head, float* target)
    {
        for (int j = 0; j < size; j++)
        {
            float* row = keys + (tokens[j] * stride);
            for (int c = 0; c < head; c++)
                target[(c * padded) + j] = row[c];
        }

        for (int c = 0; c < head && size < padded; c++)
            new Span<float>(target + (c * padded) + size, padded - size).Clear();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Scores<T>(
        float* q0, float* q1, float* q2, float* q3, int head, float* keys, int padded, float scale, float* b0, float* b1, float* b2, float* b3,
            float* scores)
        where T : struct, ILanes<T>
    {
        int w = T.Width;
        T a00 = T.Of(0), a01 = a00, a02 = a00, a03 = a00, a10 = a00, a11 = a00, a12 = a00, a13 = a00;
        T a20 = a00, a21 = a00, a22 = a00, a23 = a00, a30 = a00, a31 = a00, a32 = a00, a33 = a00;
        for (int c = 0; c < head; c++, keys += padded)
        {
            T k0 = T.Load(ref *keys), k1 = T.Load(ref keys[w]), k2 = T.Load(ref keys[2 * w]), k3 = T.Load(ref keys[3 * w]);
            T x = T.Of(q0[c]);
            (a00, a01, a02, a03) = (T.Fma(x, k0, a00), T.Fma(x, k1, a01), T.Fma(x, k2, a02), T.Fma(x, k3, a03));
            x = T.Of(q1[c]);
            (a10, a11, a12, a13) = (T.Fma(x, k0, a10), T.Fma(x, k1, a11), T.Fma(x, k2, a12), T.Fma(x, k3, a13));
            x = T.Of(q2[c]);
            (a20, a21, a22, a23) = (T.Fma(x, k0, a20), T.Fma(x, k1, a21), T.Fma(x, k2, a22), T.Fma(x, k3, a23));
            x = T.Of(q3[c]);
            (a30, a31, a32, a33) = (T.Fma(x, k0, a30), T.Fma(x, k1, a31), T.Fma(x, k2, a32), T.Fma(x, k3, a33));
        }

        T s = T.Of(scale);
        Four(a00, a01, a02, a03, s, b0, scores);
        Four(a10, a11, a12, a13, s, b1, scores + padded);
        Four(a20, a21, a22, a23, s, b2, scores + (2 * padded));
        Four(a30, a31, a32, a33, s, b3, scores + (3 * padded));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four<T>(T a, T b, T c, T d, T scale, float* bias, float* scores)
        where T : struct, ILanes<T>
    {
        int w = T.Width;
        T.Store(T.Fma(a, scale, T.Load(ref *bias)), ref *scores);
        T.Store(T.Fma(b, scale, T.Load(ref bias[w])), ref scores[w]);
        T.Store(T.Fma(c, scale, T.Load(ref bias[2 * w])), ref scores[2 * w]);
        T.Store(T.Fma(d, scale, T.Load(ref bias[3 * w])), ref scores[3 * w]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ScoresNarrow<T>(
        float* q0, float* q1, float* q2, float* q3, int head, float* keys, int padded, float scale, float* b0, float* b1, float* b2, float* b3,
            float* scores)
        where T : struct, ILanes<T>
    {
        T a0 = T.Of(0), a1 = a0, a2 = a0, a3 = a0;
        for (int c = 0; c < head; c++, keys += padded)
        {
            T k = T.Load(ref *keys);
            (a0, a1, a2, a3) = (T.Fma(T.Of(q0[c]), k, a0), T.Fma(T.Of(q1[c]), k, a1), T.Fma(T.Of(q2[c]), k, a2), T.Fma(T.Of(q3[c]), k, a3));
        }

        T s = T.Of(scale);
        T.Store(T.Fma(a0, s, T.Load(ref *b0)), ref *scores);
        T.Store(T.Fma(a1, s, T.Load(ref *b1)), ref scores[padded]);
        T.Store(T.Fma(a2, s, T.Load(ref *b2)), ref scores[2 * padded]);
        T.Store(T.Fma(a3, s, T.Load(ref *b3)), ref scores[3 * padded]);
    }

    // Rows are whole groups of 16, so that the lanes are the same at every width.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Softmax<T>(float* row, int padded, float* lanes)
        where T : struct, ILanes<T>
    {
        T most = T.Load(ref *row);
        for (int j = T.Width; j < padded; j += T.Width)
            most = T.Max(T.Load(ref row[j]), most);
        T.Store(most, ref *lanes);
        float largest = lanes[0];
        for (int j = 1; j < T.Width; j++)
            largest = lanes[j] > largest ? lanes[j] : largest;
        T shift = T.Of(largest);
        for (int lane = 0; lane < 16; lane += T.Width)
        {
            T sum = T.Of(0);
            for (int j = lane; j < padded; j += 16)
            {
                T e = Functions.Exp(T.Load(ref row[j]) - shift);
                T.Store(e, ref row[j]);
                sum += e;
            }

            T.Store(sum, ref lanes[lane]);
        }

        T inverse = T.Of(1 / Tree(new ReadOnlySpan<float>(lanes, 16)));
        for (int j = 0; j < padded; j += T.Width)
            T.Store(T.Load(ref row[j]) * inverse, ref row[j]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mix<T>(float* p, int padded, int size, float* values, int wide, float* results)
        where T : struct, ILanes<T>
    {
        int w = T.Width;
        T a00 = T.Of(0), a01 = a00, a10 = a00, a11 = a00, a20 = a00, a21 = a00, a30 = a00, a31 = a00;
        for (int j = 0; j < size; j++, values += wide)
        {
            T v0 = T.Load(ref *values), v1 = T.Load(ref values[w]);
            T x = T.Of(p[j]);
            (a00, a01) = (T.Fma(x, v0, a00), T.Fma(x, v1, a01));
            x = T.Of(p[padded + j]);
            (a10, a11) = (T.Fma(x, v0, a10), T.Fma(x, v1, a11));
            x = T.Of(p[(2 * padded) + j]);
            (a20, a21) = (T.Fma(x, v0, a20), T.Fma(x, v1, a21));
            x = T.Of(p[(3 * padded) + j]);
            (a30, a31) = (T.Fma(x, v0, a30), T.Fma(x, v1, a31));
        }

        T.Store(a00, ref results[0]);
        T.Store(a01, ref results[w]);
        T.Store(a10, ref results[wide]);
        T.Store(a11, ref results[wide + w]);
        T.Store(a20, ref results[2 * wide]);
        T.Store(a21, ref results[(2 * wide) + w]);
        T.Store(a30, ref results[3 * wide]);
        T.Store(a31, ref results[(3 * wide) + w]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MixNarrow<T>(float* p, int padded, int size, float* values, int wide, float* results)
        where T : struct, ILanes<T>
    {
        T a0 = T.Of(0), a1 = a0, a2 = a0, a3 = a0;
        for (int j = 0; j < size; j++, values += wide)
        {
            T v = T.Load(ref *values);
            (a0, a1) = (T.Fma(T.Of(p[j]), v, a0), T.Fma(T.Of(p[padded + j]), v, a1));
            (a2, a3) = (T.Fma(T.Of(p[(2 * padded) + j]), v, a2), T.Fma(T.Of(p[(3 * padded) + j]), v, a3));
        }

        T.Store(a0, ref results[0]);
        T.Store(a1, ref results[wide]);
        T.Store(a2, ref results[2 * wide]);
        T.Store(a3, ref results[3 * wide]);
    }
}
