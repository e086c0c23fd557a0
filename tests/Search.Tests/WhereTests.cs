using Euterpe.Numerics;
using Euterpe.Search.Filters;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace Euterpe.Search.Tests;

public sealed class WhereTests
{
    private static readonly Track Known = new("/m/Miles Davis/So What.flac", new FileStamp(1, 2), new string('a', 64), new string('b', 64),
        new SoundFacts(545.5, 44100, 2, 24_056_550), false)
    {
        Tags = new TrackTags { Title = "So What", Artist = "Miles Davis", Genre = "Modal JAZZ", Year = 1959, TrackNumber = 1, Album = "Ænima \"Ö\\\"" },
    };

    private static readonly Track Bare = Known with { Tags = TrackTags.None };

    [Theory]
    [InlineData("genre~jazz", true, false)]
    [InlineData("genre ~ 'Jazz'", true, false)]
    [InlineData("genre=jazz", false, false)]
    [InlineData("genre=\"modal jazz\"", true, false)]
    [InlineData("GENRE==\"modal jazz\"", true, false)]
    [InlineData("genre!~jazz", false, true)]
    [InlineData("genre!=rock", true, true)]
    [InlineData("not genre=rock", true, true)]
    [InlineData("has genre", true, false)]
    [InlineData("not has genre", false, true)]
    [InlineData("has genre and genre!=rock", true, false)]
    [InlineData("has albumartist or has seconds", true, true)]
    [InlineData("title=''", false, false)]
    [InlineData("title~''", true, false)]
    [InlineData("album~'ÆNIMA \"ö\\\\'", true, false)]
    [InlineData("year=1959", true, false)]
    [InlineData("year!=1959", false, true)]
    [InlineData("year=1950..1959", true, false)]
    [InlineData("year=1960..1969", false, false)]
    [InlineData("year>1958.5", true, false)]
    [InlineData("year<1959", false, false)]
    [InlineData("year<=1959 and year>=1959", true, false)]
    [InlineData("seconds>9:05 and seconds<9:06", true, true)]
    [InlineData("seconds>0:09:05.4", true, true)]
    [InlineData("channels=2 AND rate>=44100 and track=1", true, false)]
    [InlineData("path~/miles and file=\"so what.FLAC\"", true, true)]
    [InlineData("year<1900 or genre~jazz and title~what", true, false)]
    [InlineData("(year<1900 or genre~jazz) and title~other", false, false)]
    [InlineData("not year<1900 and not title~other", true, true)]
    [InlineData("not (year<1900 or title~what)", false, true)]
    [InlineData("title=and or title=or or artist~not", false, false)]
    [InlineData("recording=x or release=x or artistid=x", false, false)]
    public void A_condition_is_met_or_not(string text, bool known, bool bare)
    {
        Where where = Where.Parse(text);
        Assert.Equal((known, bare), (where.Matches(Known), where.Matches(Bare)));
        Where again = Where.Parse(where.ToString());
        Assert.Equal(where.ToString(), again.ToString());
        Assert.Equal((known, bare), (again.Matches(Known), again.Matches(Bare)));
    }

    [Theory]
    [InlineData("", "At character 1, a condition such as genre~jazz must follow: found the end.")]
    [InlineData("genre", "At character 6, = != ~ !~ after genre must follow: found the end.")]
    [InlineData("genre~", "At character 7, a value; in quotes")]
    [InlineData("genere~jazz", "At character 1, one of title, artist, album,")]
    [InlineData("genre>jazz", "At character 6, = != ~ or !~, for genre is text must follow: found '>jazz'.")]
    [InlineData("year~19", "At character 5, = != < <= > or >=, for year is a number must follow: found '~19'.")]
    [InlineData("year=soon", "At character 6, a number such as 1990 or 3:30, or a range")]
    [InlineData("year>=1990..1999", "At character 7, a number such as 1990 or 3:30 must")]
    [InlineData("seconds>3:75", "At character 9")]
    [InlineData("year=NaN", "At character 6")]
    [InlineData("artist=Miles Davis", "At character 14, 'and', 'or' or the end must follow: found 'Davis'.")]
    [InlineData("(genre~jazz", "At character 12, ')', 'and' or 'or' must follow")]
    [InlineData("genre~jazz)", "At character 11, 'and', 'or' or the end")]
    [InlineData("genre~'jazz", "At character 12, a closing ' must follow")]
    [InlineData("genre~jazz and", "At character 15, a condition such")]
    [InlineData("has", "At character 4, a condition such")]
    [InlineData("genre~jazz; drop table track", "At character 13, 'and', 'or'")]
    public void What_is_no_condition_is_refused_at_its_place(string text, string message) =>
        Assert.Contains(message, Assert.Throws<OptionsException>(() => Where.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Depth_and_length_are_bounded()
    {
        Assert.Throws<OptionsException>(() => Where.Parse(new string('(', 1000) + "year=1" + new string(')', 1000)));
        Assert.Throws<OptionsException>(() => Where.Parse(string.Concat(Enumerable.Repeat("not ", 10_000)) + "year=1"));
        Assert.Throws<OptionsException>(() => Where.Parse(new string(' ', 70_000)));
        Assert.True(Where.Parse(string.Join(" or ", Enumerable.Repeat("year=1", 5000)) + " or year=1959").Matches(Known));
        Assert.True(Where.Parse(string.Join(" and ", Enumerable.Repeat("(((year=1959)))", 2000))).Matches(Known));
    }

    [Fact]
    public void Cases_are_folded_by_one_table()
    {
        foreach ((string upper, string lower) in (ReadOnlySpan<(string, string)>)
            [("AZ", "az"), ("ÄÖÜ", "äöü"), ("ΣΑΣ", "σασ"), ("ς", "σ"), ("ẞ", "ß"), ("ЖИЗНЬ", "жизнь"), ("Ǆǅ", "ǆǆ"), ("K", "k"), ("İı", "İı"), ("𐐀", "𐐨"), ("音楽", "音楽")])
        {
            Assert.Equal(lower, CaseFold.Fold(upper));
        }

        for (int c = 0; c <= 0x10FFFF; c++)
            Assert.Equal(CaseFold.Fold(c), CaseFold.Fold(CaseFold.Fold(c)));
        Assert.Equal("a\uFFFD", CaseFold.Fold("A\uD800"));
    }

    [Property]
    public void Any_text_is_a_condition_or_a_refusal(string? text)
    {
        foreach (string part in (string[])[text ?? "", "genre~" + text, $"genre='{text?.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'"])
        {
            try
            {
                Where where = Where.Parse(part);
                Assert.Equal(where.Matches(Known), Where.Parse(where.ToString()).Matches(Known));
            }
            catch (OptionsException)
            {
                Assert.DoesNotContain("genre='", part[..Math.Min(part.Length, 7)], StringComparison.Ordinal); // quoted, every text is a value
            }
        }
    }

    [Property]
    public Property Joined_conditions_mean_what_logic_says() => Prop.ForAll(Gen.Sized(size => Condition(Math.Min(size, 6))).ToArbitrary(), made =>
    {
        Where where = Where.Parse(made.Text);
        return where.Matches(Known) == made.Value && Where.Parse(where.ToString()).Matches(Known) == made.Value
            && Where.Parse($"not ({made.Text})").Matches(Known) != made.Value;
    });

    private static Gen<(string Text, bool Value)> Condition(int depth)
    {
        Gen<(string, bool)> leaf = Gen.Elements(("genre~jazz", true), ("year<1900", false), ("has title", true), ("has albumartist", false), ("title!=x", true));
        if (depth == 0)
            return leaf;
        Gen<(string Text, bool Value)> inner = Condition(depth - 1);
        return Gen.OneOf(
            leaf,
            inner.Select(a => ($"not ({a.Text})", !a.Value)),
            inner.Two().Select(p => ($"({p.Item1.Text}) and ({p.Item2.Text})", p.Item1.Value && p.Item2.Value)),
            inner.Two().Select(p => ($"({p.Item1.Text}) or ({p.Item2.Text})", p.Item1.Value || p.Item2.Value)));
    }
}
