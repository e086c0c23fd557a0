using Euterpe.Numerics;
using Euterpe.Testing;
using static Euterpe.Tensors.Operations;

namespace Euterpe.Tensors.Tests;

/// <summary>What holds for every operation: the bits depend on the values alone.</summary>
[Collection("threads")]
public class EveryOperationTests
{
    public static IEnumerable<object[]> Names => Samples.Names;

    [Theory, MemberData(nameof(Names))]
    public void A_batch_of_five_is_five_batches_of_one(string name)
    {
        Samples.Sample sample = Samples.Named(name);
        using var w = new Workspace { Poison = true };
        Tensor x = sample.Input(5);
        Tensor all = sample.Run(w, x);
        for (int i = 0; i < 5; i++)
        {
            Tensor one = sample.Run(w, x.Narrow(0, i, 1));
            Close.Same(all.Narrow(sample.BatchDim, i, 1).ToArray(), one.ToArray(), $"{name}, row {i}");
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Any_strides_give_the_same_bits(string name)
    {
        Samples.Sample sample = Samples.Named(name);
        using var w = new Workspace { Poison = true };
        Tensor x = sample.Input(3);
        float[] expected = sample.Run(w, x).ToArray();
        // The same values with dimensions stored in reverse order, and as every second element of a larger tensor.
        int[] reverse = [.. Enumerable.Range(0, x.Rank).Reverse()];
        Close.Same(expected, sample.Run(w, Contiguous(w, x.Permute(reverse)).Permute(reverse)).ToArray(), $"{name}, reversed");
        Tensor apart = Stack(w, x.Rank, x, Mul(w, x, float.NaN)).Select(x.Rank, 0);
        Close.Same(expected, sample.Run(w, apart).ToArray(), $"{name}, apart");
    }

    [Theory, MemberData(nameof(Names))]
    public void An_empty_batch_gives_an_empty_result(string name)
    {
        Samples.Sample sample = Samples.Named(name);
        using var w = new Workspace();
        Tensor y = sample.Run(w, sample.Input(0));
        Assert.Equal(0, y.Count);
        Assert.Equal(0, y.Size(sample.BatchDim));
    }

    [Theory, MemberData(nameof(Names))]
    public void A_cancelled_workspace_stops_it(string name)
    {
        Samples.Sample sample = Samples.Named(name);
        using var w = new Workspace(new CancellationToken(true));
        Assert.Throws<OperationCanceledException>(() => sample.Run(w, sample.Input(2)));
    }

    [Theory, MemberData(nameof(Names))]
    public void An_ended_input_is_refused(string name)
    {
        Samples.Sample sample = Samples.Named(name);
        using var w = new Workspace();
        Tensor x = Copy(w, sample.Input(2));
        w.Reset();
        Assert.Contains("Reset", Assert.Throws<ObjectDisposedException>(() => sample.Run(w, x)).Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Any_number_of_threads_gives_the_same_bits()
    {
        int before = ComputePool.Shared.Threads;
        try
        {
            foreach (Samples.Sample sample in Samples.All)
            {
                float[]? expected = null;
                using var w = new Workspace();
                // Enough rows that the work is divided.
                Tensor x = sample.Input(200);
                for (int threads = 1; threads <= 3; threads++)
                {
                    ComputePool.Shared.Threads = threads;
                    float[] y = sample.Run(w, x).ToArray();
                    Close.Same(expected ??= y, y, $"{sample.Name} with {threads} threads");
                    w.Reset();
                }
            }
        }
        finally
        {
            ComputePool.Shared.Threads = before;
        }
    }

    [Fact]
    public void Four_callers_at_once_get_the_same_bits()
    {
        Tensor[] inputs = [.. Samples.All.Select(sample => sample.Input(20))];
        float[][][] results = new float[4][][];
        Thread[] callers = [.. Enumerable.Range(0, 4).Select(caller => new Thread(() =>
        {
            using var w = new Workspace();
            results[caller] = [.. Samples.All.Select((sample, i) =>
            {
                float[] y = sample.Run(w, inputs[i]).ToArray();
                w.Reset();
                return y;
            })];
        }))];
        Array.ForEach(callers, caller => caller.Start());
        Array.ForEach(callers, caller => caller.Join());
        for (int i = 0; i < Samples.All.Length; i++)
        {
            for (int caller = 1; caller < 4; caller++)
            {
                Close.Same(results[0][i], results[caller][i], $"{Samples.All[i].Name}, caller {caller}");
            }
        }
    }

    [Fact]
    public void A_second_pass_asks_the_system_for_nothing()
    {
        using var w = new Workspace();
        Tensor x = Draw.Normal("x", 64, 128), weight = Draw.Normal("w", 128, 128);
        void Pass()
        {
            for (int i = 0; i < 10; i++)
            {
                Gelu(w, LayerNorm(w, Linear(w, x, weight), null, null));
            }
            w.Reset();
        }
        Pass();
        Pass();
        long reserved = w.Reserved, allocated = GC.GetAllocatedBytesForCurrentThread();
        Pass();
        Assert.Equal(reserved, w.Reserved);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, 30 * 1024);
    }
}

/// <summary>Tests that set the number of threads of the shared pool run one after the other.</summary>
[CollectionDefinition("threads", DisableParallelization = true)]
public class ThreadsCollection;
