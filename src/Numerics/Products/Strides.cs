namespace Euterpe.Numerics;

/// <summary>Where the matrices of a batched product lie: element [o, i, r, c] is at o * Outer + i * Inner + r * Row + c * Column. None is negative.</summary>
[Experimental("EUTERPE001")]
public readonly record struct Strides(long Outer, long Inner, long Row, long Column)
{
    internal void Check(string name, int length, int outer, int inner, int rows, int columns)
    {
        if (Outer < 0 || Inner < 0 || Row < 0 || Column < 0)
            throw new ShapeException($"[product] The strides of {name} cannot be negative: {this}.");
        if (outer == 0 || inner == 0 || rows == 0 || columns == 0)
            return;
        decimal last = ((decimal)(outer - 1) * Outer) + ((decimal)(inner - 1) * Inner) + ((decimal)(rows - 1) * Row) + ((decimal)(columns - 1) * Column);
        if (last >= length)
        {
            throw new ShapeException($"[product] {name} has {length} numbers, too few for {outer} x {inner} matrices of "
                + $"[{rows}, {columns}] at strides [{Outer}, {Inner}, {Row}, {Column}].");
        }
    }
}
