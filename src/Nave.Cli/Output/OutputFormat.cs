namespace Nave.Cli.Output;

/// <summary>How results are written on stdout.</summary>
internal enum OutputFormat
{
    /// <summary>For people: aligned columns.</summary>
    Table,

    /// <summary>For programs: one JSON value, or one a line where there are many.</summary>
    Json,

    /// <summary>For shells: tab-separated values, a header line first.</summary>
    Tsv,
}
