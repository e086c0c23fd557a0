using System.Runtime.ExceptionServices;

namespace Euterpe.Tasks.Sounds;

/// <summary>Something other than the file at hand went wrong while it was worked on: the catalogue, say. The run ends with the error inside.</summary>
internal sealed class EndsTheRunException(Exception inner) : Exception(inner.Message, inner)
{
    /// <summary>Asks the catalogue; its errors are not the file's.</summary>
    public static T Guard<T>(Func<T> ask)
    {
        try
        {
            return ask();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new EndsTheRunException(e);
        }
    }

    /// <summary>Throws the error inside as if it had not been wrapped.</summary>
    public void Unwrap() => ExceptionDispatchInfo.Throw(InnerException!);
}
