namespace Euterpe.Bench;

/// <summary>A measurement that cannot be made, or whose own output is wrong: one line that says why and what to do.</summary>
internal sealed class BenchException(string message) : Exception(message);
