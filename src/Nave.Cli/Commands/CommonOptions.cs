using System.CommandLine;
using Nave.Cli.Output;
using Nave.Fleet.Simulation;

namespace Nave.Cli.Commands;

/// <summary>Options that several commands share, with one spelling and one description; and options of types that need a reader.</summary>
internal static class CommonOptions
{
    /// <summary>Where a local hub keeps its data.</summary>
    public static Option<string> Data() => new("--data")
    {
        Description = "The data folder of a local hub. Default .nave.",
        HelpName = "DIR",
        DefaultValueFactory = _ => ".nave",
    };

    /// <summary>How results are written.</summary>
    public static Option<OutputFormat> Output() =>
        Choice("--output", OutputFormat.Table, "How results are written: table (default), json or tsv.", "-o");

    /// <summary>The module of a device.</summary>
    public static Option<string?> Module() => new("--module") { Description = "The module of the device.", HelpName = "ID" };

    /// <summary>The etag that something must have.</summary>
    public static Option<string?> ETag() => new("--etag") { Description = "Only if it still has this etag.", HelpName = "ETAG" };

    /// <summary>A span of time.</summary>
    public static Option<TimeSpan?> Span(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "TIME",
        CustomParser = result =>
        {
            var text = result.Tokens[^1].Value;
            if (Duration.TryParse(text, out var span) && span >= TimeSpan.Zero)
            {
                return span;
            }

            result.AddError($"{name} is '{text}'; {Duration.Form} is permitted.");
            return null;
        },
    };

    /// <summary>A whole number in a range.</summary>
    public static Option<int?> Number(string name, int min, int max, string description) => new(name)
    {
        Description = description,
        HelpName = "N",
        CustomParser = result =>
        {
            var text = result.Tokens[^1].Value;
            if (int.TryParse(text, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out var number)
                && number >= min && number <= max)
            {
                return number;
            }

            result.AddError($"{name} is '{text}'; a whole number from {min} to {max} is permitted.");
            return null;
        },
    };

    /// <summary>One of a few words.</summary>
    public static Option<T> Choice<T>(string name, T fallback, string description, params string[] aliases)
        where T : struct, Enum
    {
        var words = Enum.GetNames<T>().Select(word => char.ToLowerInvariant(word[0]) + word[1..]).ToArray();
        var option = new Option<T>(name, aliases)
        {
            Description = description,
            HelpName = string.Join('|', words),
            DefaultValueFactory = _ => fallback,
            CustomParser = result =>
            {
                var text = result.Tokens[^1].Value;
                if (words.Contains(text, StringComparer.OrdinalIgnoreCase))
                {
                    return Enum.Parse<T>(text, ignoreCase: true);
                }

                result.AddError($"{name} is '{text}'; permitted are {string.Join(", ", words)}.");
                return fallback;
            },
        };
        option.CompletionSources.Add(words);
        return option;
    }
}
