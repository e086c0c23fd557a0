namespace Euterpe.Cli.Tests;

public class TextTests
{
    [Theory]
    [InlineData("/music/solo cello.wav", "/music/solo cello.wav")]
    [InlineData("Café 日本 🎵.wav", "Café 日本 🎵.wav")]
    [InlineData("a\u001b[31m\nb", "a\uFFFD[31m\uFFFDb")]
    [InlineData("e\u202evaw.\u2066x\u2028", "e\uFFFDvaw.\uFFFDx\uFFFD")]
    public void Names_cannot_move_what_stands_beside_them(string path, string shown) => Assert.Equal(shown, Text.Safe(path));
}
