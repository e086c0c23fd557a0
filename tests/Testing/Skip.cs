using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Euterpe.Testing;

/// <summary>Thrown by a test that cannot run here; inside a skippable test it counts as skipped, with its message as the reason.</summary>
public sealed class NotHereException(string reason) : Exception(reason);

/// <summary>A fact that may call <see cref="Fixture.SkipUnless"/>, or miss a file, and is then skipped.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Euterpe.Testing.SkippableFactDiscoverer", "Euterpe.Testing")]
public sealed class SkippableFactAttribute : FactAttribute;

/// <summary>A theory whose rows may be skipped one by one.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Euterpe.Testing.SkippableTheoryDiscoverer", "Euterpe.Testing")]
public sealed class SkippableTheoryAttribute : TheoryAttribute;

public sealed class SkippableFactDiscoverer(IMessageSink diagnostics) : FactDiscoverer(diagnostics)
{
    protected override IXunitTestCase CreateTestCase(ITestFrameworkDiscoveryOptions options, ITestMethod method, IAttributeInfo attribute) =>
        new SkippableTestCase(DiagnosticMessageSink, options.MethodDisplayOrDefault(), options.MethodDisplayOptionsOrDefault(), method);
}

public sealed class SkippableTheoryDiscoverer(IMessageSink diagnostics) : TheoryDiscoverer(diagnostics)
{
    public override IEnumerable<IXunitTestCase> Discover(ITestFrameworkDiscoveryOptions options, ITestMethod method, IAttributeInfo theory)
    {
        IXunitTestCase[] cases = [.. base.Discover(options, method, theory)];
        foreach (IAttributeInfo claim in method.Method.GetCustomAttributes(typeof(CasesAttribute)))
        {
            string oracle = claim.GetNamedArgument<string>(nameof(CasesAttribute.Oracle));
            DiagnosticMessageSink.OnMessage(new DiagnosticMessage($"{oracle}: {cases.Length} cases for {method.Method.Name}"));
        }
        return cases;
    }

    protected override IEnumerable<IXunitTestCase> CreateTestCasesForDataRow(
        ITestFrameworkDiscoveryOptions options, ITestMethod method, IAttributeInfo attribute, object[] row) =>
        [new SkippableTestCase(DiagnosticMessageSink, options.MethodDisplayOrDefault(), options.MethodDisplayOptionsOrDefault(), method, row)];

    protected override IEnumerable<IXunitTestCase> CreateTestCasesForTheory(
        ITestFrameworkDiscoveryOptions options, ITestMethod method, IAttributeInfo attribute) =>
        [new SkippableTheoryTestCase(DiagnosticMessageSink, options.MethodDisplayOrDefault(), options.MethodDisplayOptionsOrDefault(), method)];
}

public sealed class SkippableTestCase : XunitTestCase
{
    [Obsolete("For deserialization only.")]
    public SkippableTestCase()
    {
    }

    public SkippableTestCase(
        IMessageSink diagnostics, TestMethodDisplay display, TestMethodDisplayOptions options, ITestMethod method, object[]? row = null)
        : base(diagnostics, display, options, method, row)
    {
    }

    public override Task<RunSummary> RunAsync(IMessageSink diagnostics, IMessageBus bus, object[] constructor,
        ExceptionAggregator aggregator, CancellationTokenSource cancel) =>
        SkippingBus.Run(bus, skipping => base.RunAsync(diagnostics, skipping, constructor, aggregator, cancel));
}

public sealed class SkippableTheoryTestCase : XunitTheoryTestCase
{
    [Obsolete("For deserialization only.")]
    public SkippableTheoryTestCase()
    {
    }

    public SkippableTheoryTestCase(IMessageSink diagnostics, TestMethodDisplay display, TestMethodDisplayOptions options, ITestMethod method)
        : base(diagnostics, display, options, method)
    {
    }

    public override Task<RunSummary> RunAsync(IMessageSink diagnostics, IMessageBus bus, object[] constructor,
        ExceptionAggregator aggregator, CancellationTokenSource cancel) =>
        SkippingBus.Run(bus, skipping => base.RunAsync(diagnostics, skipping, constructor, aggregator, cancel));
}

/// <summary>Turns a failure by <see cref="NotHereException"/> into a skip.</summary>
internal sealed class SkippingBus(IMessageBus inner) : IMessageBus
{
    private int _skipped;

    public static async Task<RunSummary> Run(IMessageBus bus, Func<IMessageBus, Task<RunSummary>> run)
    {
        var skipping = new SkippingBus(bus);
        RunSummary summary = await run(skipping);
        summary.Failed -= skipping._skipped;
        summary.Skipped += skipping._skipped;
        return summary;
    }

    public bool QueueMessage(IMessageSinkMessage message)
    {
        if (message is ITestFailed failed && failed.ExceptionTypes.FirstOrDefault() == typeof(NotHereException).FullName)
        {
            _skipped++;
            return inner.QueueMessage(new TestSkipped(failed.Test, failed.Messages.FirstOrDefault() ?? "skipped"));
        }
        return inner.QueueMessage(message);
    }

    public void Dispose()
    {
    }
}
