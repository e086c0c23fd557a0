namespace Euterpe.Search.Tests.Vectors;

/// <summary>Tests that change the number of compute threads run alone.</summary>
[CollectionDefinition("threads", DisableParallelization = true)]
public sealed class ThreadsCollection;
