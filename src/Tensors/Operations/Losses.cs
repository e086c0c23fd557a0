using Euterpe.Numerics;

namespace Euterpe.Tensors;

public static unsafe partial class Operations
{
    /// <summary>
    /// The mean over rows of -log softmax(logits)[target]: logits [N, classes], targets [N] (i64 or i32). Rows whose target is ignoreIndex do not
    /// count (all of them ignored: NaN, as torch). With smoothing e each row's loss is (1 - e) of its target's and e of the mean over classes.
    /// </summary>
    public static Tensor CrossEntropy(Workspace w, Tensor logits, Tensor targets, long ignoreIndex = -100, float labelSmoothing = 0)
    {
        CheckFloats("cross_entropy", logits, "logits");
        if (logits.Rank != 2 || targets.Rank != 1 || targets.Size(0) != logits.Size(0) || targets.Type is not (DType.I64 or DType.I32))
        {
            throw new ShapeException($"[cross_entropy] Logits [N, classes] and integer targets [N] are expected: found {logits} and {targets}. "
                + "Hint: Reshape(-1, classes)?");
        }
        int rows = logits.Size(0), classes = logits.Size(1);
        Tensor logs = LogSoftmax(w, logits, -1), chosen = Contiguous(w, targets);
        Tensor losses = w.Allocate(rows);
        float counted = 0;
        for (int i = 0; i < rows; i++)
        {
            long target = ReadInteger(chosen.Data, chosen.Type, i);
            if (target == ignoreIndex)
            {
                losses.Floats[i] = 0;
                continue;
            }
            CheckIndex("cross_entropy", target, classes);
            var row = new ReadOnlySpan<float>(logs.Floats + (long)i * classes, classes);
            float loss = -row[(int)target];
            losses.Floats[i] = labelSmoothing == 0 ? loss : (1 - labelSmoothing) * loss - labelSmoothing * (Reductions.Sum(row) / classes);
            counted++;
        }
        Tensor y = w.Allocate(default(Shape));
        *y.Floats = Reductions.Sum(losses.Span) / counted;
        GC.KeepAlive(chosen);
        return y;
    }

    /// <summary>The mean of softplus(x) - x * target: the cross entropy of yes and no, from the logit, without overflow.</summary>
    public static Tensor BinaryCrossEntropyWithLogits(Workspace w, Tensor x, Tensor target)
    {
        CheckSame("binary_cross_entropy_with_logits", x, target);
        Tensor each = Zip(w, "binary_cross_entropy_with_logits", x, target, default(BinaryOf));
        return Mean(w, each);
    }

    /// <summary>The mean of squared differences.</summary>
    public static Tensor MseLoss(Workspace w, Tensor x, Tensor y)
    {
        CheckSame("mse_loss", x, y);
        return Mean(w, Square(w, Sub(w, x, y)));
    }

    /// <summary>The mean of absolute differences.</summary>
    public static Tensor L1Loss(Workspace w, Tensor x, Tensor y)
    {
        CheckSame("l1_loss", x, y);
        return Mean(w, Abs(w, Sub(w, x, y)));
    }

    private static void CheckSame(string operation, Tensor x, Tensor y)
    {
        if (x.Shape != y.Shape)
        {
            throw new ShapeException($"[{operation}] Both must have one shape: found {x.Shape} and {y.Shape}. Hint: Expand one of them?");
        }
    }

    private struct BinaryOf : IBinary
    {
        public readonly T Of<T>(T x, T target) where T : struct, ILanes<T> => Functions.Softplus(x) - x * target;

        public readonly T SlopeA<T>(T x, T target) where T : struct, ILanes<T> => Functions.Sigmoid(x) - target;

        public readonly T SlopeB<T>(T x, T target) where T : struct, ILanes<T> => -x;
    }
}
