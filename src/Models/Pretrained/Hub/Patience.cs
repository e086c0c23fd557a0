using Euterpe.Numerics;

namespace Euterpe.Models.Pretrained.Hub;

/// <summary>
/// How often and after how long something is tried again: 1, 2, 4 ... 30 seconds, or what the server asks for; bytes that came begin the count
/// anew.
/// </summary>
internal sealed class Patience(HubSettings settings, string what)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30), LongestAsked = TimeSpan.FromMinutes(5);

    // A server that brings a byte at each attempt is not waited for without end.
    private const int MostInAll = 200;

    private int failures, all;

    /// <summary>Waits before the next attempt, or throws when there have been enough.</summary>
    public async Task Wait(PassingException failure, bool progress, CancellationToken token)
    {
        failures = progress ? 1 : failures + 1;
        all++;
        if (failures >= settings.Attempts || all >= MostInAll)
        {
            throw new ModelFileException($"[pull] {what}: {failure.Message}; tried {all} {(all == 1 ? "time" : "times")}. "
                + "Hint: what came is kept; the same command goes on from there.", failure);
        }

        var wait = TimeSpan.FromSeconds(Math.Min(LongestWait.TotalSeconds, 1 << Math.Min(failures - 1, 10)));
        if (failure.After is { } asked)
        {
            if (asked > LongestAsked)
            {
                throw new ModelFileException($"[pull] {what}: {failure.Message}, and asks to be left alone for {asked.TotalMinutes:0} minutes. "
                    + "Hint: try again later; with a token in HF_TOKEN the hub allows more requests.", failure);
            }

            wait = asked > wait ? asked : wait;
        }

        await Task.Delay(wait, settings.Clock, token).ConfigureAwait(false);
    }
}
