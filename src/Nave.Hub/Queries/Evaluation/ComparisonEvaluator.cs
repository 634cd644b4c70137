namespace Nave.Hub.Queries;

/// <summary>A comparison: undefined unless both sides are primitive values of the same type.</summary>
internal sealed class ComparisonEvaluator(BinaryOperator op, Evaluator left, Evaluator right) : ConditionEvaluator
{
    /// <inheritdoc/>
    public override Truth Test(IQueryRow row)
    {
        if (QueryValue.Compare(left.Evaluate(row), right.Evaluate(row)) is not { } order)
        {
            return Truth.Undefined;
        }

        var holds = op switch
        {
            BinaryOperator.Equal => order == 0,
            BinaryOperator.NotEqual => order != 0,
            BinaryOperator.Less => order < 0,
            BinaryOperator.LessOrEqual => order <= 0,
            BinaryOperator.Greater => order > 0,
            _ => order >= 0,
        };
        return holds ? Truth.True : Truth.False;
    }
}
