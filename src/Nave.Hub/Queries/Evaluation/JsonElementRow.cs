using System.Text.Json;

namespace Nave.Hub.Queries;

/// <summary>A row that is a parsed JSON document. For many rows <see cref="JsonRow"/> is faster.</summary>
internal sealed class JsonElementRow(JsonElement root) : IQueryRow
{
    /// <inheritdoc/>
    public QueryValue Read(QueryPath path, int slot)
    {
        try
        {
            return Navigate(root, path, 0);
        }
        catch (InvalidOperationException)
        {
            // A name on the way holds half a surrogate pair, see JsonText; the parser cannot compare it.
            return QueryValue.Undefined;
        }
    }

    /// <summary>Follows a path from its segment <paramref name="from"/> on.</summary>
    private static QueryValue Navigate(JsonElement element, QueryPath path, int from)
    {
        for (var i = from; i < path.Segments.Count; i++)
        {
            var segment = path.Segments[i];
            if (segment.Name is { } name)
            {
                if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element))
                {
                    return QueryValue.Undefined;
                }
            }
            else if (element.ValueKind == JsonValueKind.Array && segment.Index < element.GetArrayLength())
            {
                element = element[segment.Index];
            }
            else
            {
                return QueryValue.Undefined;
            }
        }

        return QueryValue.Of(element);
    }
}
