namespace Euterpe.Evaluation.Tests;

public sealed class RetrievalTests
{
    private static readonly float[][] s_vectors = [[1, 0], [2, 0.1f], [1, -0.1f], [0, 1], [0.1f, 3], [-0.1f, 1]];
    private static readonly string[] s_classes = ["a", "a", "a", "b", "b", "b"];
    private static readonly bool[] s_all = [true, true, true, true, true, true];
    private static readonly int[] s_queries = [0, 1, 2, 3, 4, 5];

    [Fact]
    public void Perfect_vectors_score_one() => Assert.Equal(1, Retrieval.Precision(s_vectors, s_classes, s_queries, s_all, 2));

    [Fact]
    public void More_neighbours_than_members_score_less() =>
        Assert.Equal(0.5, Retrieval.Precision(s_vectors, s_classes, s_queries, s_all, 4));

    [Fact]
    public void A_hand_calculated_case()
    {
        // Query 0 finds 3 (b) then 1 (a): 1 of 2; query 2 finds 0 (a) then 3 (b): 1 of 2. Vector 4 is no candidate.
        float[][] vectors = [[1, 0], [1, 1], [1, -0.2f], [1, 0.1f], [1, 0]];
        Assert.Equal(0.5, Retrieval.Precision(vectors, ["a", "a", "a", "b", "a"], [0, 2], [true, true, false, true, false], 2));
    }

    [Fact]
    public void Length_does_not_count_and_equal_ones_go_to_the_lower_index()
    {
        float[][] vectors = [[1, 0], [5, 0], [0.1f, 0], [3, 0]];
        Assert.Equal(1, Retrieval.Precision(vectors, ["a", "a", "b", "b"], [0], [true, true, true, true], 1));
    }

    [Fact]
    public void Malformed_input_is_refused()
    {
        Assert.Throws<ArgumentException>(() => Retrieval.Precision([], [], [], [], 1));
        Assert.Throws<ArgumentException>(() => Retrieval.Precision(s_vectors, s_classes, [], s_all, 1));
        Assert.Throws<ArgumentException>(() => Retrieval.Precision(s_vectors, s_classes, [6], s_all, 1));
        Assert.Throws<ArgumentException>(() => Retrieval.Precision(s_vectors, s_classes, s_queries, s_all, 6));
        Assert.Throws<ArgumentException>(() => Retrieval.Precision(s_vectors, ["a"], s_queries, s_all, 1));
        Assert.Throws<ArgumentException>(() => Retrieval.Precision([[1, float.NaN], .. s_vectors[1..]], s_classes, s_queries, s_all, 1));
        Assert.Throws<ArgumentException>(() => Retrieval.Precision([[1], .. s_vectors[1..]], s_classes, s_queries, s_all, 1));
    }
}
