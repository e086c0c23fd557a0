using Euterpe.Testing;
using static Euterpe.Tensors.Operations;

namespace Euterpe.Tensors.Tests;

public class RecurrenceTests
{
    [Fact]
    public void A_whole_is_its_parts_with_the_state_carried_on()
    {
        using var w = new Workspace { Poison = true };
        var weights = new LstmWeights(Draw.Normal("i", 28, 6), Draw.Normal("r", 28, 7), Draw.Normal("bi", 28), Draw.Normal("br", 28));
        using var packed = new PackedLstm(weights);
        Tensor x = Draw.Normal("x", 11, 3, 6);
        LstmResult whole = Lstm(w, x, weights);
        LstmResult first = Lstm(w, x.Narrow(0, 0, 4), packed), second = Lstm(w, x.Narrow(0, 4, 7), packed, first.Hidden, first.Cell);
        Close.Same(whole.Output.ToArray(), Cat(w, 0, first.Output, second.Output).ToArray(), "outputs");
        Close.Same(whole.Hidden.ToArray(), second.Hidden.ToArray(), "hidden");
        Close.Same(whole.Cell.ToArray(), second.Cell.ToArray(), "cell");
        Close.Same(whole.Output.Select(0, 10).ToArray(), whole.Hidden.ToArray(), "last output");
    }

    [Fact]
    public void In_reverse_the_last_frame_comes_first()
    {
        using var w = new Workspace();
        var weights = new LstmWeights(Draw.Normal("i", 28, 6), Draw.Normal("r", 28, 7));
        Tensor x = Draw.Normal("x", 5, 1, 6), flipped = IndexSelect(w, x, 0, Tensor.From([4L, 3L, 2L, 1L, 0L], 5));
        Tensor expected = IndexSelect(w, Lstm(w, flipped, weights).Output, 0, Tensor.From([4L, 3L, 2L, 1L, 0L], 5));
        Close.Same(expected.ToArray(), Lstm(w, x, weights, reverse: true).Output.ToArray());
    }
}
