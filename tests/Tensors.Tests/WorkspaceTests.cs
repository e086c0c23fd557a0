namespace Euterpe.Tensors.Tests;

public class WorkspaceTests
{
    [Fact]
    public void A_tensor_ends_with_the_reset_and_says_so()
    {
        using var w = new Workspace();
        Tensor x = w.Zeros(3, 4);
        Tensor view = x.Transpose(0, 1);
        Tensor kept = x.Keep();
        w.Reset();
        Assert.False(x.IsAlive);
        foreach (Action use in new Action[] { () => _ = x.Span.Length, () => view.ToArray(), () => Operations.Copy(w, view) })
        {
            string message = Assert.Throws<ObjectDisposedException>(use).Message;
            Assert.Contains("generation 0, now 1", message);
            Assert.Contains("Keep()", message);
        }
        Assert.Equal(new float[12], kept.ToArray());
    }

    [Fact]
    public void Memory_is_reused_after_the_reset()
    {
        using var w = new Workspace();
        for (int i = 0; i < 5; i++)
        {
            for (int j = 0; j < 40; j++)
            {
                w.Allocate(1000, 100);
            }
            w.Reset();
        }
        long reserved = w.Reserved;
        for (int j = 0; j < 40; j++)
        {
            w.Allocate(1000, 100);
        }
        Assert.Equal(reserved, w.Reserved);
    }

    [Fact]
    public void A_scope_ends_all_but_what_it_returns()
    {
        using var w = new Workspace();
        Tensor before = w.Zeros(5);
        Tensor inside, returned;
        using (Workspace.Scope scope = w.Begin())
        {
            inside = w.Zeros(1000);
            Tensor deep;
            using (Workspace.Scope inner = w.Begin())
            {
                w.Zeros(10);
                deep = inner.Return(w.Zeros(7).Reshape(7, 1));
            }
            Assert.True(deep.IsAlive);
            returned = scope.Return(deep);
        }
        Assert.True(before.IsAlive && returned.IsAlive);
        Assert.False(inside.IsAlive);
        Assert.Equal(128, w.Used);
        Assert.Equal(7, returned.Span.Length);
    }

    [Fact]
    public void Disposed_memory_serves_the_next_tensor()
    {
        using var w = new Workspace();
        Tensor first = w.Zeros(100);
        Tensor view = first.Reshape(10, 10);
        first.Dispose();
        Assert.True(view.IsAlive);
        view.Dispose();
        Assert.Equal(0, w.Used);
        Tensor second = w.Allocate(100);
        Assert.Equal(new float[100], second.ToArray());
        Assert.Throws<ObjectDisposedException>(() => view.ToArray());
    }

    [Fact]
    public void A_cancelled_workspace_stops_the_next_operation()
    {
        using var source = new CancellationTokenSource();
        using var w = new Workspace(source.Token);
        Tensor x = w.Zeros(3, 3).Transpose(0, 1);
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => Operations.Copy(w, x));
    }
}
