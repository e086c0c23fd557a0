namespace Euterpe.Numerics.Files;

/// <summary>
/// How much memory a file of a given size may make us take, before it is taken. What is kept of it beside its data (names, values) may cost a fixed
/// sum
/// and, of large files, a quarter more; copies of its data (what is deflated, or lies in strides) and all that together its own size and that sum.
/// So no file can promise or nest its way to more.
/// </summary>
[Experimental("EUTERPE001")]
public sealed class Allowance(string room, string file, long fileLength)
{
    /// <summary>What a file may cost beyond its own size.</summary>
    public const long Extra = 48L << 20;

    private const long Large = 64L << 20, MostKept = 1L << 30;

    private readonly long mostKept = Math.Min(MostKept, Extra + (Math.Max(0, fileLength - Large) / 4));
    private readonly long most = fileLength + Extra;
    private long kept;
    private long copied;

    /// <summary>Pays for something that is kept beside the data.</summary>
    public void Charge(long bytes)
    {
        if (bytes < 0 || bytes > mostKept - kept || bytes > most - kept - copied)
        {
            throw new FileFormatException(
                $"[{room}] {file}: reading it would take more memory than its size and {Extra >> 20} MiB. Hint: no file of weights needs that.");
        }
        kept += bytes;
    }

    /// <summary>Pays for a copy of data where there is enough left; else says no and takes nothing.</summary>
    public bool TryCopy(long bytes)
    {
        bool enough = bytes >= 0 && bytes <= most - kept - copied;
        copied += enough ? bytes : 0;
        return enough;
    }
}
