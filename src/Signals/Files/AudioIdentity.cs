namespace Euterpe.Signals.Files;

/// <summary>Which sound a file holds, whatever its name and tags, and what it says about it.</summary>
/// <param name="PacketsSha256">
/// SHA-256 of the encoded audio packets, in lower-case hexadecimal; adding, changing or removing tags and pictures does not change it.
/// <list type="bullet">
/// <item>MP3, FLAC, Ogg, Opus, MP4, Matroska, WMA ...: of the packets one after another, as
/// <c>ffmpeg -i FILE -map 0:a:0 -c copy -f streamhash -hash sha256 -</c> prints it.</item>
/// <item>WAV: of one line, <c>pcm16 44100 2\n</c> (samples: pcm8, pcm16, pcm24, pcm32, float32, float64; rate; channels), and the bytes of the samples: the same
/// bytes at another rate are another sound.</item>
/// <item>AIFF, AU, CAF, Wave64, whose packets do not name their rate either: of the line <c>packets 44100 2 HASH\n</c>, HASH being that of the packets.</item>
/// </list>
/// </param>
/// <param name="Tags">What the file says about itself.</param>
public sealed record AudioIdentity(string PacketsSha256, AudioTags Tags);
