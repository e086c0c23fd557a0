using System.Text;
using Euterpe.Numerics;
using Euterpe.Tensors;

namespace Euterpe.Layers;

/// <summary>How the matrices of a model are held.</summary>
public enum Packing
{
    /// <summary>As tensors: can be trained and saved.</summary>
    Plain,

    /// <summary>Packed once, f32: inference.</summary>
    F32,

    /// <summary>Packed once, rounded to bf16: half the memory, and the results move a little.</summary>
    BF16,
}

/// <summary>Where values come from: a file, a counter generator, a formula.</summary>
public interface IWeightSource
{
    /// <summary>The names it holds, in its order; empty for a source that makes up whatever is asked for.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>Whether the source has this name, and in what shape. A generator says yes to everything.</summary>
    bool TryGetShape(string name, Shape expected, out Shape found);

    /// <summary>An f32 tensor of its own, or one over the source's memory.</summary>
    Tensor Load(string name, Shape shape, Initial initial);
}

/// <summary>
/// What a module's constructor takes its tensors from, by name and shape together. One constructor serves loading, random initialization, saving,
/// counting and
/// checking: the source decides. Problems are collected; <see cref="Finish"/> reports all of them in one error.
/// </summary>
public sealed class Weights
{
    private readonly Session session;
    private readonly string prefix;

    private Weights(Session session, string prefix)
    {
        (this.session, this.prefix) = (session, prefix);
    }

    /// <param name="source">Where the values come from.</param>
    /// <param name="where">What errors call it: a file or folder.</param>
    /// <param name="packing">How matrices are held.</param>
    public static Weights From(IWeightSource source, string where, Packing packing = Packing.F32) =>
        new(new Session(source, where, packing, Loads: true), "");

    /// <summary>
    /// Names and shapes only: modules built from it cannot run, and cost nothing. What <see cref="Finish"/> finds is what loading would find.
    /// </summary>
    public static Weights Listing(IWeightSource source, string where) => new(new Session(source, where, Packing.Plain, Loads: false), "");

    /// <summary>What the names of this part begin with: empty, or ending in a dot.</summary>
    public string Prefix => prefix;

    public Packing Packing => session.Packing;

    /// <summary>Whether values are loaded; a listing has none.</summary>
    public bool Loads => session.Loads;

    /// <summary>Everything taken so far, by all parts, in order.</summary>
    public IReadOnlyList<Parameter> Taken => session.Taken;

    /// <summary>The part of the names that begin with <c>name.</c>.</summary>
    public Weights In(string name) => new(session, prefix + name + ".");

    public Weights In(string name, int index) => new(session, $"{prefix}{name}.{index}.");

    /// <summary>
    /// Builds a module twice: as a listing, whose <see cref="Finish"/> reports everything that is wrong before a single value is read, and then with
    /// values.
    /// </summary>
    public static T Build<T>(IWeightSource source, string where, Packing packing, Func<Weights, T> module)
    {
        Weights listing = Listing(source, where);
        _ = module(listing);
        listing.Finish();
        return module(From(source, where, packing));
    }

    /// <summary>
    /// Asks for a tensor by name and shape. In a listing a missing or misshaped one is noted for <see cref="Finish"/>; otherwise it throws at once.
    /// </summary>
    public Parameter Take(string name, Initial initial, params ReadOnlySpan<int> shape)
    {
        string full = prefix + name;
        var expected = new Shape(shape);
        if (!session.Asked.Add(full))
            throw new InvalidOperationException($"[layers] {full} was taken twice.");
        bool good = session.Source.TryGetShape(full, expected, out Shape found);
        if (!good)
            session.Missing.Add($"{full} {expected}");
        else if (found != expected)
            session.Misshaped.Add($"{full}: expected {expected}, found {found}");
        if (session.Loads && (!good || found != expected))
            throw Problems([]);
        var parameter = new Parameter(full, expected, session.Loads ? session.Source.Load(full, expected, initial) : null);
        session.Taken.Add(parameter);
        return parameter;
    }

    /// <summary>
    /// Names that the file may hold and the model does not read, because upstream is known to leave them: said one by one, relative to this part.
    /// </summary>
    public void Leave(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
            session.Left.Add(prefix + name);
    }

    /// <summary>Throws one <see cref="ModelFileException"/> with every missing, misshaped and unexpected tensor.</summary>
    public void Finish()
    {
        List<string> unexpected = [.. session.Source.Names.Where(name => !session.Asked.Contains(name) && !session.Left.Contains(name))];
        if (session.Missing.Count + session.Misshaped.Count + unexpected.Count > 0)
            throw Problems(unexpected);
    }

    private ModelFileException Problems(List<string> unexpected)
    {
        var text = new StringBuilder($"[weights] {session.Where}: the tensors are not those of this model.");
        List(text, "missing", session.Missing);
        List(text, "misshaped", session.Misshaped);
        List(text, "unexpected", unexpected);
        text.Append(" Hint: is config.json the one that belongs to this file?");
        return new ModelFileException(text.ToString());
    }

    private static void List(StringBuilder text, string what, List<string> names)
    {
        if (names.Count > 0)
            text.Append($" {names.Count} {what}: ").AppendJoin("; ", names).Append('.');
    }

    private sealed record Session(IWeightSource Source, string Where, Packing Packing, bool Loads)
    {
        public HashSet<string> Asked { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Left { get; } = new(StringComparer.Ordinal);

        public List<Parameter> Taken { get; } = [];

        public List<string> Missing { get; } = [];

        public List<string> Misshaped { get; } = [];
    }
}
