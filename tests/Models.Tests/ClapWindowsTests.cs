using Euterpe.Models.Clap;

namespace Euterpe.Models.Tests;

public class ClapWindowsTests
{
    [Theory]
    [InlineData(0, new long[0], new int[0])]
    [InlineData(1, new long[] { 0 }, new[] { 1 })]
    [InlineData(99, new long[] { 0 }, new[] { 99 })]
    [InlineData(100, new long[] { 0 }, new[] { 100 })]
    [InlineData(109, new long[] { 0 }, new[] { 100 })] // less than a tenth is left out
    [InlineData(110, new long[] { 0, 10 }, new[] { 100, 100 })]
    [InlineData(199, new long[] { 0, 99 }, new[] { 100, 100 })]
    [InlineData(200, new long[] { 0, 100 }, new[] { 100, 100 })]
    [InlineData(325, new long[] { 0, 100, 200, 225 }, new[] { 100, 100, 100, 100 })]
    public void Windows_cover_a_sound_whatever_the_blocks(int length, long[] starts, int[] lengths)
    {
        float[] sound = [.. Enumerable.Range(0, length).Select(i => (float)i)];
        foreach (int block in (int[])[1, 7, 100, 1000])
        {
            var windows = new ClapWindows(100);
            var found = new List<ClapWindows.Window>();
            foreach (float[] part in sound.Chunk(block))
            {
                for (int at = 0; at < part.Length;)
                {
                    at += windows.Add(part.AsSpan(at), out ClapWindows.Window? full);
                    if (full is not null)
                        found.Add(full.Value);
                }
            }

            if (windows.Finish() is { } last)
                found.Add(last);
            Assert.Equal(starts, found.Select(window => window.Start));
            Assert.Equal(lengths, found.Select(window => window.Samples.Length));
            foreach (ClapWindows.Window window in found)
                Assert.Equal(sound.Skip((int)window.Start).Take(window.Samples.Length), window.Samples);
        }
    }

    [Fact]
    public void The_rule_says_what_is_done() => Assert.Equal(
        "10 s without overlap, a last one that ends with the sound for a remainder of a tenth or more, short sounds repeatpad, normalized mean",
        ClapWindows.Rule(480000, 48000, ClapPadding.RepeatPad));
}
