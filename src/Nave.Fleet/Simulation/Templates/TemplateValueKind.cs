namespace Nave.Fleet.Simulation.Templates;

/// <summary>The type of a template's value in JSON.</summary>
internal enum TemplateValueKind
{
    /// <summary>A number with a fraction.</summary>
    Number,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>A string.</summary>
    Text,
}
