namespace Nave.Hub.Queries;

/// <summary>The sign before a value that is no literal.</summary>
internal sealed class NegationEvaluator(Evaluator operand) : Evaluator
{
    /// <inheritdoc/>
    public override QueryValue Evaluate(IQueryRow row)
    {
        var value = operand.Evaluate(row);
        return value.Kind == QueryValueKind.Number ? Arithmetic.Negate(value.Number) : QueryValue.Undefined;
    }
}
