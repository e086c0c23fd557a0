namespace Euterpe.Numerics.Files;

/// <summary>
/// How much memory a file of a given size may make us take: its own size and a fixed sum more. Readers charge everything that they keep, before
/// they allocate it, so a file cannot promise or nest its way to more.
/// </summary>
public sealed class Allowance(string room, string file, long fileLength)
{
    /// <summary>What a file may cost beyond its own size.</summary>
    public const long Extra = 48L << 20;

    private readonly long limit = fileLength + Extra;
    private long taken;

    /// <summary>What has been charged so far.</summary>
    public long Taken => taken;

    /// <summary>Charges where there is enough left; else says no and charges nothing.</summary>
    public bool TryCharge(long bytes)
    {
        bool enough = bytes >= 0 && bytes <= limit - taken;
        taken += enough ? bytes : 0;
        return enough;
    }

    public void Charge(long bytes)
    {
        if (!TryCharge(bytes))
        {
            throw new FileFormatException(
                $"[{room}] {file}: reading it would take more memory than its size and {Extra >> 20} MiB. Hint: no file of weights needs that.");
        }
    }
}
