namespace Nave.Fuzz;

/// <summary>Makes new inputs from old ones. The same seed makes the same inputs.</summary>
internal sealed class Mutator(int seed, IReadOnlyList<byte[]> seeds, IReadOnlyList<byte[]> words)
{
    private const int MaxSteps = 6;
    private const int MaxLength = 4096;
    private const int MaxRepeats = 200;

    private static readonly byte[] s_interesting = [0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x23, 0x2B, 0x2F, 0x7F, 0x80, 0x81, 0xC0, 0xED, 0xF4, 0xFE, 0xFF];

    private readonly Random _random = new(seed);

    /// <summary>Makes the next input.</summary>
    public byte[] Next()
    {
        // Now and then noise from nothing, and the seed as it is.
        var input = _random.Next(50) == 0 ? Noise() : [.. Pick()];
        for (var steps = _random.Next(MaxSteps); steps > 0; steps--)
        {
            input = Mutate(input);
        }

        return input.Length <= MaxLength ? input : input[..MaxLength];
    }

    private byte[] Mutate(byte[] input)
    {
        if (input.Length == 0)
        {
            return Noise();
        }

        var at = _random.Next(input.Length);
        switch (_random.Next(11))
        {
            case 0:
                input[at] ^= (byte)(1 << _random.Next(8));
                return input;
            case 1:
                input[at] = s_interesting[_random.Next(s_interesting.Length)];
                return input;
            case 2:
                input[at] = (byte)_random.Next(256);
                return input;
            case 3:
                input[at] = (byte)(input[at] + (_random.Next(2) == 0 ? 1 : -1));
                return input;
            case 4:
                return [.. input.AsSpan(0, at), s_interesting[_random.Next(s_interesting.Length)], .. input.AsSpan(at)];
            case 5:
                var cut = Math.Min(_random.Next(1, 5), input.Length - at);
                return [.. input.AsSpan(0, at), .. input.AsSpan(at + cut)];
            case 6:
                return input[..at];
            case 7:
                var again = Math.Min(_random.Next(1, 33), input.Length - at);
                return [.. input, .. input.AsSpan(at, again)];
            case 8:
                // The same piece over and over: nesting, long lists, long names.
                var piece = input.AsSpan(at, Math.Min(_random.Next(1, 12), input.Length - at));
                List<byte> repeated = [.. input.AsSpan(0, at)];
                for (var left = Math.Min(_random.Next(2, MaxRepeats), MaxLength / piece.Length); left > 0; left--)
                {
                    repeated.AddRange(piece);
                }

                repeated.AddRange(input.AsSpan(at));
                return [.. repeated];
            case 9 when words.Count > 0:
                var word = words[_random.Next(words.Count)];
                var over = _random.Next(2) == 0 ? 0 : Math.Min(word.Length, input.Length - at);
                return [.. input.AsSpan(0, at), .. word, .. input.AsSpan(at + over)];
            default:
                var other = Pick();
                return [.. input.AsSpan(0, at), .. other.AsSpan(_random.Next(other.Length))];
        }
    }

    private byte[] Pick() => seeds[_random.Next(seeds.Count)];

    private byte[] Noise()
    {
        var bytes = new byte[_random.Next(1, 64)];
        _random.NextBytes(bytes);
        return bytes;
    }
}
