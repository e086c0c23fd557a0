namespace Euterpe.Numerics;

/// <summary>
/// Some float lanes that move together. A formula written over this interface gives the same bits at every width: each operation is exactly rounded
/// IEEE arithmetic or works on bits. A mask is a value whose lanes are all ones or all zeros; integers travel as bit patterns.
/// </summary>
[Experimental("EUTERPE001")]
public interface ILanes<TSelf>
    where TSelf : struct, ILanes<TSelf>
{
    static abstract int Width { get; }

    static abstract TSelf Of(float value);

    static abstract TSelf OfBits(int bits);

    /// <summary>Reads Width floats from source on; the caller has checked that they are there.</summary>
    static abstract TSelf Load(ref float source);

    static abstract void Store(TSelf value, ref float target);

    static abstract TSelf operator +(TSelf a, TSelf b);

    static abstract TSelf operator -(TSelf a, TSelf b);

    static abstract TSelf operator *(TSelf a, TSelf b);

    static abstract TSelf operator /(TSelf a, TSelf b);

    static abstract TSelf operator -(TSelf a);

    static abstract TSelf operator &(TSelf a, TSelf b);

    static abstract TSelf operator |(TSelf a, TSelf b);

    static abstract TSelf operator ^(TSelf a, TSelf b);

    /// <summary>a * b + c, rounded once, on every machine.</summary>
    static abstract TSelf Fma(TSelf a, TSelf b, TSelf c);

    static abstract TSelf Sqrt(TSelf a);

    static abstract TSelf Abs(TSelf a);

    static abstract TSelf Greater(TSelf a, TSelf b);

    static abstract TSelf GreaterOrEqual(TSelf a, TSelf b);

    static abstract TSelf Equal(TSelf a, TSelf b);

    static abstract TSelf Select(TSelf mask, TSelf yes, TSelf no);

    /// <summary>a &gt; b ? a : b, so a NaN in a gives b and a NaN in b stays.</summary>
    static abstract TSelf Max(TSelf a, TSelf b);

    /// <summary>a &lt; b ? a : b, so a NaN in a gives b and a NaN in b stays.</summary>
    static abstract TSelf Min(TSelf a, TSelf b);

    static abstract bool Any(TSelf mask);

    static abstract TSelf AddBits(TSelf a, TSelf b);

    static abstract TSelf SubtractBits(TSelf a, TSelf b);

    static abstract TSelf ShiftLeft(TSelf a, int count);

    static abstract TSelf ShiftRight(TSelf a, int count);

    static abstract TSelf ShiftRightSigned(TSelf a, int count);

    /// <summary>Integers (as bits) to floats.</summary>
    static abstract TSelf FromIntegers(TSelf bits);

    /// <summary>a * 2^n, rounded once, for whole n from -252 to 254 and finite a of magnitude 1e-3 to 1e6 (or 0).</summary>
    static abstract TSelf Scale(TSelf a, TSelf n);

    /// <summary>The sum by one fixed tree: the upper half is added to the lower half until one lane is left.</summary>
    static abstract float FoldSum(TSelf a);

    /// <summary>The maximum by the same tree.</summary>
    static abstract float FoldMax(TSelf a);

    /// <summary>The first count floats (0 to Width) from source on; the lanes behind them are fill's. Nothing behind them is read.</summary>
    static abstract TSelf LoadPart(ref float source, int count, TSelf fill);

    /// <summary>Writes the first count lanes (0 to Width).</summary>
    static abstract void StorePart(TSelf value, ref float target, int count);
}
