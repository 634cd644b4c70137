namespace Nave.Hub.Queries;

/// <summary>A literal.</summary>
internal sealed class ConstantEvaluator(QueryValue value) : Evaluator
{
    /// <inheritdoc/>
    public override QueryValue Evaluate(IQueryRow row) => value;
}
