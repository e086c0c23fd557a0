namespace Euterpe.Numerics;

/// <summary>
/// Lengths whose prime factors are small enough for direct passes: the order of passes, their twiddles, and where each frequency ends up.
/// The passes work in place and leave the frequencies in digit-reversed order: readers look them up, which costs nothing when an element is a vector.
/// </summary>
internal sealed unsafe class FftPlan<S>
    where S : unmanaged
{
    // What a block may take of the first-level cache before it is walked depth first.
    private const int CacheBytes = 24 * 1024;

    private readonly int[] _radices;
    private readonly S[][] _twiddles;
    private readonly S[][] _roots;

    public FftPlan(int length)
    {
        Length = length;
        _radices = Factors(length) ?? throw new ArgumentException($"[fft] Length {length} has a prime factor above {LargestPrime}.", nameof(length));
        (_twiddles, _roots) = (new S[_radices.Length][], new S[_radices.Length][]);
        for (int stage = 0, size = length; stage < _radices.Length; size /= _radices[stage++])
        {
            (_twiddles[stage], _roots[stage]) = (Twiddles(size, _radices[stage]), Roots(_radices[stage]));
        }
        Position = Positions(length, _radices);
        Halves = HalfTurns(length);
    }

    /// <summary>Direct passes of prime length beyond this cost more than going round them (and lose more bits).</summary>
    public const int LargestPrime = 61;

    public int Length { get; }

    /// <summary>Element that holds a frequency after the passes.</summary>
    public int[] Position { get; }

    /// <summary>
    /// cos(pi k / length) / 2 and sin(pi k / length) / 2 for k up to length / 2: what splits a packed real transform of twice the length.
    /// </summary>
    public S[] Halves { get; }

    /// <summary>Radices in the order of passes, or null where a prime factor is too large.</summary>
    public static int[]? Factors(int length)
    {
        var factors = new List<int>();
        int twos = 0;
        for (; length % 2 == 0 && length > 0; length /= 2)
        {
            twos++;
        }
        // Three twos are one pass of 8; what is left of them is 4, 4 times 4 or a lone 2.
        int eights = twos / 3, rest = twos % 3;
        if (rest == 1 && eights > 0)
        {
            (eights, rest) = (eights - 1, 4);
        }
        factors.AddRange(Enumerable.Repeat(8, eights));
        factors.AddRange(rest == 4 ? [4, 4] : rest == 2 ? [4] : rest == 1 ? [2] : []);
        for (int prime = 3; length > 1; prime += 2)
        {
            if (prime > LargestPrime)
            {
                return null;
            }
            for (; length % prime == 0; length /= prime)
            {
                factors.Add(prime);
            }
        }
        return [.. factors];
    }

    /// <summary>All passes over elements at x, whose real and imaginary vectors lie one lane stride apart.</summary>
    public void Run<T>(S* x, int lane)
        where T : unmanaged, ITransformLanes<T, S>
    {
        if (_radices.Length > 0)
        {
            Run<T>(0, Length, x, lane, 1);
        }
    }

    private void Run<T>(int stage, int size, S* x, int lane, int blocks)
        where T : unmanaged, ITransformLanes<T, S>
    {
        nint block = (nint)2 * lane * size;
        if (blocks > 1 && blocks * block * sizeof(S) > CacheBytes)
        {
            for (int b = 0; b < blocks; b++)
            {
                Run<T>(stage, size, x + (b * block), lane, 1);
            }
            return;
        }
        int radix = _radices[stage], rest = size / radix;
        fixed (S* twiddles = _twiddles[stage], roots = _roots[stage])
        {
            if (rest == 1)
            {
                Butterflies<T, S>.Last(radix, x, lane, blocks, roots);
                return;
            }
            Butterflies<T, S>.Pass(radix, x, lane, blocks, rest, twiddles, roots);
        }
        Run<T>(stage + 1, rest, x, lane, blocks * radix);
    }

    private static S[] Twiddles(int size, int radix)
    {
        int m = size / radix;
        S[] twiddles = new S[Math.Max(0, 2 * (radix - 1) * (m - 1))];
        for (int p = 1, at = 0; p < m; p++)
        {
            for (int k = 1; k < radix; k++)
            {
                (double cosine, double sine) = RootsOfUnity.At((long)p * k, size);
                (twiddles[at++], twiddles[at++]) = (As(cosine), As(-sine));
            }
        }
        return twiddles;
    }

    private static S[] Roots(int radix)
    {
        S[] roots = new S[2 * radix];
        for (int k = 0; k < radix; k++)
        {
            (double cosine, double sine) = RootsOfUnity.At(k, radix);
            (roots[2 * k], roots[(2 * k) + 1]) = (As(cosine), As(-sine));
        }
        return roots;
    }

    private static S[] HalfTurns(int length)
    {
        S[] halves = new S[2 * ((length / 2) + 1)];
        for (int k = 0; k <= length / 2; k++)
        {
            (double cosine, double sine) = RootsOfUnity.At(k, 2L * length);
            (halves[2 * k], halves[(2 * k) + 1]) = (As(cosine / 2), As(sine / 2));
        }
        return halves;
    }

    private static int[] Positions(int length, int[] radices)
    {
        int[] positions = new int[length];
        for (int frequency = 0; frequency < length; frequency++)
        {
            int rest = frequency, size = length, position = 0;
            foreach (int radix in radices)
            {
                size /= radix;
                position += rest % radix * size;
                rest /= radix;
            }
            positions[frequency] = position;
        }
        return positions;
    }

    private static S As(double value) => typeof(S) == typeof(float) ? (S)(object)(float)value : (S)(object)value;
}

/// <summary>Cosine and sine of whole parts of a turn, symmetric to the last bit.</summary>
internal static class RootsOfUnity
{
    /// <summary>cos and sin of 2 pi k / n. The angle is first brought into the first eighth of a turn, in whole numbers.</summary>
    public static (double Cosine, double Sine) At(long k, long n)
    {
        k %= n;
        k = k < 0 ? k + n : k;
        bool below = 2 * k > n;                                  // sine < 0
        k = below ? n - k : k;
        bool left = 4 * k > n;                                   // cosine < 0
        long twice = left ? n - (2 * k) : 2 * k;                 // the angle is pi * twice / n
        bool steep = 4 * twice > n;
        double angle = steep ? Math.PI * ((n - (2 * twice)) / (2.0 * n)) : Math.PI * (twice / (double)n);
        double cosine = DoubleFunctions.Cos(angle), sine = DoubleFunctions.Sin(angle);
        (cosine, sine) = steep ? (sine, cosine) : (cosine, sine);
        return (left ? -cosine : cosine, below ? -sine : sine);
    }
}
