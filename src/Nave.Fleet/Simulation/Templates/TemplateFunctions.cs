using System.Globalization;

namespace Nave.Fleet.Simulation.Templates;

/// <summary>All functions of templates. Spans of time are numbers of seconds.</summary>
internal static class TemplateFunctions
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyz0123456789";
    private const int MaxTextLength = 256 * 1024;

    /// <summary>Gets the functions by name.</summary>
    public static IReadOnlyDictionary<string, TemplateFunction> All { get; } = new Dictionary<string, TemplateFunction>(StringComparer.OrdinalIgnoreCase)
    {
        ["sine"] = new("sine(mean, amplitude, period[, phase])", 3, 4, Sine),
        ["random"] = new("random(min, max)", 2, 2, (c, a, _) => TemplateValue.Of(a[0].Number + (c.Random.NextDouble() * (a[1].Number - a[0].Number)))),
        ["integer"] = new("integer(min, max)", 2, 2, Integer),
        ["gauss"] = new("gauss(mean, deviation)", 2, 2, (c, a, _) => TemplateValue.Of(a[0].Number + (a[1].Number * Gauss(c.Random)))),
        ["walk"] = new("walk(start, step, min, max)", 4, 4, Walk),
        ["counter"] = new("counter([start[, step]])", 0, 2, Counter),
        ["choice"] = new("choice(a, b, …)", 1, 100, (c, a, _) => a[c.Random.Next(a.Length)]) { TakesNumbers = false },
        ["chance"] = new("chance(probability)", 1, 1, (c, a, _) => TemplateValue.Of(c.Random.NextDouble() < a[0].Number)),
        ["timestamp"] = new("timestamp()", 0, 0, (c, _, _) => TemplateValue.Of(c.Now.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture))),
        ["epoch"] = new("epoch()", 0, 0, (c, _, _) => TemplateValue.Of(c.Now.ToUnixTimeMilliseconds())),
        ["elapsed"] = new("elapsed()", 0, 0, (c, _, _) => TemplateValue.Of(c.Elapsed.TotalSeconds)),
        ["deviceId"] = new("deviceId()", 0, 0, (c, _, _) => TemplateValue.Of(c.DeviceId)),
        ["index"] = new("index()", 0, 0, (c, _, _) => TemplateValue.Of((long)c.Index)),
        ["message"] = new("message()", 0, 0, (c, _, _) => TemplateValue.Of(c.Message)),
        ["uuid"] = new("uuid()", 0, 0, (c, _, _) => TemplateValue.Of(Uuid(c.Random))),
        ["text"] = new("text(length)", 1, 1, Text),
        ["round"] = new("round(value[, digits])", 1, 2, Round),
    };

    // Without a phase, each device has one of its own, so that a fleet does not swing in step.
    private static TemplateValue Sine(TemplateContext context, TemplateValue[] arguments, int slot)
    {
        var phase = arguments.Length > 3 ? arguments[3].Number : context[slot] ??= context.Random.NextDouble();
        var turns = (context.Elapsed.TotalSeconds / Math.Max(arguments[2].Number, 1e-3)) + phase;
        return TemplateValue.Of(arguments[0].Number + (arguments[1].Number * Math.Sin(turns * Math.Tau)));
    }

    private static TemplateValue Integer(TemplateContext context, TemplateValue[] arguments, int slot)
    {
        var min = (long)Math.Ceiling(arguments[0].Number);
        var max = Math.Max(min, (long)Math.Floor(arguments[1].Number));
        return TemplateValue.Of(context.Random.NextInt64(min, max == long.MaxValue ? max : max + 1));
    }

    private static TemplateValue Walk(TemplateContext context, TemplateValue[] arguments, int slot)
    {
        var last = context[slot];
        var next = last is null ? arguments[0].Number : last.Value + (((context.Random.NextDouble() * 2) - 1) * arguments[1].Number);
        next = Math.Max(arguments[2].Number, Math.Min(arguments[3].Number, next));
        context[slot] = next;
        return TemplateValue.Of(next);
    }

    private static TemplateValue Counter(TemplateContext context, TemplateValue[] arguments, int slot)
    {
        var step = arguments.Length > 1 ? arguments[1].Number : 1;
        var next = context[slot] is { } last ? last + step : arguments.Length > 0 ? arguments[0].Number : 0;
        context[slot] = next;
        return double.IsInteger(next) && Math.Abs(next) < 1e15 ? TemplateValue.Of((long)next) : TemplateValue.Of(next);
    }

    private static TemplateValue Text(TemplateContext context, TemplateValue[] arguments, int slot)
    {
        var length = (int)Math.Clamp(arguments[0].Number, 0, MaxTextLength);
        return TemplateValue.Of(string.Create(length, context.Random, static (span, random) => random.GetItems(Letters.AsSpan(), span)));
    }

    private static TemplateValue Round(TemplateContext context, TemplateValue[] arguments, int slot)
    {
        var digits = arguments.Length > 1 ? (int)Math.Clamp(arguments[1].Number, 0, 15) : 0;
        var rounded = Math.Round(arguments[0].Number, digits, MidpointRounding.AwayFromZero);
        return digits == 0 && Math.Abs(rounded) < 1e15 ? TemplateValue.Of((long)rounded) : TemplateValue.Of(rounded);
    }

    // The polar method would need a loop; two draws keep seeded runs easy to follow.
    private static double Gauss(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(Math.Tau * random.NextDouble());

    private static string Uuid(Random random)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString();
    }
}
