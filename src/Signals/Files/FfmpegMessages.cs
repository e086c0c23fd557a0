using System.Text;

namespace Euterpe.Signals.Files;

/// <summary>
/// What FFmpeg says on its stream of messages, with <c>-loglevel level+error</c>: complaints, whose lines begin with a bracket, and between them, where it was
/// asked for, the file's tags in its ffmetadata form (<c>name=value</c>, with a backslash before <c>= ; # \</c> and line ends). Both may be of any length and
/// hold any text; a file can forge neither more than its own tags, nor more than the words of a complaint.
/// </summary>
internal sealed class FfmpegMessages
{
    private const int MostLine = 16_384, MostComplaints = 4_096;

    private readonly Lock gate = new();
    private readonly byte[] line = new byte[MostLine];
    private readonly StringBuilder complaints = new();
    private readonly TagFields tags = new();
    private int length;
    private bool escaped, inComplaint, begun;

    public AudioTags Tags
    {
        get
        {
            lock (gate)
            {
                return tags.ToTags();
            }
        }
    }

    public async Task Collect(Stream stream)
    {
        byte[] bytes = new byte[4096];
        for (int read; (read = await stream.ReadAsync(bytes).ConfigureAwait(false)) > 0;)
        {
            Take(bytes.AsSpan(0, read));
        }
        lock (gate)
        {
            EndLine();
        }
    }

    public void Take(ReadOnlySpan<byte> bytes)
    {
        lock (gate)
        {
            foreach (byte value in bytes)
            {
                if (!begun)
                {
                    (begun, inComplaint) = (true, value == '[');
                }
                if (value == '\n' && (!escaped || inComplaint))
                {
                    EndLine();
                    continue;
                }
                escaped = value == '\\' && !escaped;
                if (length < MostLine)
                {
                    line[length++] = value;
                }
            }
        }
    }

    /// <summary>The complaints in one line: the first of a demuxer or decoder, then the verdict on the file; empty where there was none.</summary>
    public string Reason()
    {
        string text;
        lock (gate)
        {
            text = complaints.ToString();
        }
        string? first = null, verdict = null;
        foreach (string raw in text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int bracket = raw.StartsWith('[') ? raw.IndexOf("] ", StringComparison.Ordinal) : -1;
            int address = raw.IndexOf(" @ ", StringComparison.Ordinal);
            if (bracket > 0 && address > 0 && address < bracket)
            {
                first ??= $"{WithoutLevel(raw[(bracket + 2)..])} ({raw[1..address]})";
            }
            else
            {
                string said = WithoutLevel(raw);
                int after = said.StartsWith("file:", StringComparison.Ordinal) ? said.LastIndexOf(": ", StringComparison.Ordinal) : -1;
                verdict ??= after > 0 ? said[(after + 2)..] : said;
            }
        }
        return Printable(first is null ? verdict ?? "" : verdict is null ? first : $"{verdict}; {first}", 300);
    }

    public static string Printable(string text, int most)
    {
        string line = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)).Trim();
        return line.Length <= most ? line : line[..most] + "...";
    }

    private static string WithoutLevel(string text)
    {
        foreach (string level in (ReadOnlySpan<string>)["[error] ", "[fatal] ", "[panic] "])
        {
            if (text.StartsWith(level, StringComparison.Ordinal))
            {
                return text[level.Length..];
            }
        }
        return text;
    }

    private void EndLine()
    {
        ReadOnlySpan<byte> whole = line.AsSpan(0, length);
        int equals = inComplaint || whole.StartsWith(";"u8) ? -1 : Unescaped(whole, (byte)'=');
        if (equals >= 0)
        {
            tags.Add(Plain(whole[..equals]), Plain(whole[(equals + 1)..]));
        }
        else if (inComplaint && complaints.Length < MostComplaints)                // the first complaints say most
        {
            complaints.Append(Encoding.UTF8.GetString(whole)).Append('\n');
        }
        (length, escaped, begun, inComplaint) = (0, false, false, false);
    }

    private static int Unescaped(ReadOnlySpan<byte> text, byte wanted)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == wanted)
            {
                return i;
            }
            i += text[i] == '\\' ? 1 : 0;
        }
        return -1;
    }

    private static byte[] Plain(ReadOnlySpan<byte> text)
    {
        byte[] plain = new byte[text.Length];
        int count = 0;
        for (int i = 0; i < text.Length; i++)
        {
            i += text[i] == '\\' && i + 1 < text.Length ? 1 : 0;
            plain[count++] = text[i];
        }
        return plain[..count];
    }
}
