namespace Euterpe.Signals;

/// <summary>
/// 10^y as torch's float32 kernels compute it (SLEEF's powf, 1 ulp: the logarithm and the exponent in pairs of floats, the polynomial in one). Banks of
/// torchaudio subtract 1 from it and divide by small differences, so that one ulp here is several of its tolerance there.
/// </summary>
internal static class SleefPower
{
    /// <summary>SLEEF's own pair for ln 10; its error of 1.2e-12 is part of the result.</summary>
    private const float LogHead = 2.3025851f, LogTail = -3.1974253e-08f;

    private const float LnTwoHead = 0.693145751953125f, LnTwoTail = 1.428606765330187e-06f, LogTwoOfE = 1.442695040888963f;

    public static float OfTen(float y)
    {
        // y ln 10 as head + tail, and the nearest power of two.
        float head = LogHead * y, tail = MathF.FusedMultiplyAdd(LogTail, y, MathF.FusedMultiplyAdd(LogHead, y, -head));
        float power = MathF.Round((head + tail) * LogTwoOfE, MidpointRounding.ToEven);
        Add(ref head, ref tail, power * -LnTwoHead);
        Add(ref head, ref tail, power * -LnTwoTail);
        float s = head + tail, rest = head - s + tail;

        float u = 0.00136324646882712841033936f;
        u = MathF.FusedMultiplyAdd(u, s, 0.00836596917361021041870117f);
        u = MathF.FusedMultiplyAdd(u, s, 0.0416710823774337768554688f);
        u = MathF.FusedMultiplyAdd(u, s, 0.166665524244308471679688f);
        u = MathF.FusedMultiplyAdd(u, s, 0.499999850988388061523438f);

        // 1 + (s + rest) + (s + rest)^2 u, in pairs.
        float square = s * s, squareRest = MathF.FusedMultiplyAdd(s + s, rest, MathF.FusedMultiplyAdd(s, s, -square));
        float product = square * u, productRest = MathF.FusedMultiplyAdd(squareRest, u, MathF.FusedMultiplyAdd(square, u, -product));
        float sum = s + product, sumRest = s - sum + product + rest + productRest;
        float result = 1 + sum, resultRest = 1 - result + sum + sumRest;
        return (result + resultRest) * BitConverter.Int32BitsToSingle(((int)power + 127) << 23);
    }

    private static void Add(ref float head, ref float tail, float b)
    {
        float sum = head + b, part = sum - head;
        tail = head - (sum - part) + (b - part) + tail;
        head = sum;
    }
}
