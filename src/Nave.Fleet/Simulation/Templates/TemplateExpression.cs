namespace Nave.Fleet.Simulation.Templates;

/// <summary>A literal, or a call of a function.</summary>
internal sealed class TemplateExpression
{
    // Across all templates: two counters of one device never share a slot.
    private static int s_lastSlot;

    private readonly TemplateValue _literal;
    private readonly TemplateFunction? _function;
    private readonly TemplateExpression[] _arguments = [];
    private readonly int _slot;

    public TemplateExpression(TemplateValue literal) => _literal = literal;

    public TemplateExpression(TemplateFunction function, TemplateExpression[] arguments)
    {
        _function = function;
        _arguments = arguments;
        _slot = Interlocked.Increment(ref s_lastSlot);
    }

    /// <summary>Gets a value indicating whether it is a text that is known not to be a number.</summary>
    public bool IsLiteralText => _function is null && !_literal.IsNumber;

    public TemplateValue Evaluate(TemplateContext context) =>
        _function is null ? _literal : _function.Evaluate(context, Array.ConvertAll(_arguments, argument => argument.Evaluate(context)), _slot);
}
