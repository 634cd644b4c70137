namespace Nave.Fleet.Simulation.Templates;

/// <summary>A function of templates.</summary>
/// <param name="Usage">How it is written, for messages.</param>
/// <param name="MinArguments">The least number of arguments.</param>
/// <param name="MaxArguments">The greatest number of arguments.</param>
/// <param name="Evaluate">Gives the value for a device; gets the arguments' values and a slot of its own to keep a number in.</param>
internal sealed record TemplateFunction(
    string Usage, int MinArguments, int MaxArguments, Func<TemplateContext, TemplateValue[], int, TemplateValue> Evaluate)
{
    /// <summary>Gets a value indicating whether all arguments must be numbers.</summary>
    public bool TakesNumbers { get; init; } = true;
}
