using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary>Options that several commands share, with one spelling and one description.</summary>
internal static class CommonOptions
{
    /// <summary>Where a local hub keeps its data.</summary>
    public static Option<string> Data() => new("--data")
    {
        Description = "The data folder of a local hub.",
        HelpName = "DIR",
        DefaultValueFactory = _ => ".nave",
    };

    /// <summary>How results are written.</summary>
    public static Option<OutputFormat> Output() => new("--output", "-o")
    {
        Description = "How results are written: table, json or tsv.",
        HelpName = "FORMAT",
        DefaultValueFactory = _ => OutputFormat.Table,
    };
}
