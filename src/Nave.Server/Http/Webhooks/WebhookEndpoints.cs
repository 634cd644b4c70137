using Microsoft.AspNetCore.Http;
using Nave.Api;
using Nave.Hub;
using Nave.Hub.Webhooks;

namespace Nave.Server.Http.Webhooks;

/// <summary>The webhooks of a hub, which in Azure are Event Grid's: <c>/nave/webhooks</c>. Only the owner may; a validation URL is for whoever was sent it.</summary>
internal static class WebhookEndpoints
{
    private const string All = "/nave/webhooks";
    private const string One = All + "/{name}";
    private const int MaxDead = 1000;

    public static void Map(HubRoutes routes)
    {
        routes.Service("GET", All, HubRoutes.Owner, ListAsync);
        routes.Service("GET", One, HubRoutes.Owner, ShowAsync);
        routes.Service("PUT", One, HubRoutes.Owner, AddAsync);
        routes.Service("DELETE", One, HubRoutes.Owner, request => DoneAsync(request, request.Hub.Webhooks.RemoveAsync(request.Route("name"), request.Aborted)));
        routes.Service("POST", One + "/test", HubRoutes.Owner, TestAsync);
        routes.Service("GET", One + "/dead", HubRoutes.Owner, ListDeadAsync);
        routes.Service("DELETE", One + "/dead/{id}", HubRoutes.Owner, request => SettleAsync(request, again: false));
        routes.Service("POST", One + "/dead/{id}/retry", HubRoutes.Owner, request => SettleAsync(request, again: true));
        routes.Open("GET", One + "/validate", ValidateAsync);
    }

    private static async Task ListAsync(HubRequest request) =>
        await request.WriteJsonAsync([.. await request.Hub.Webhooks.ListAsync(request.Aborted)], ServerJson.Wire.WebhookStatusArray);

    private static async Task ShowAsync(HubRequest request)
    {
        var found = await request.Hub.Webhooks.FindAsync(request.Route("name"), request.Aborted);
        await (found.IsSuccess ? request.WriteJsonAsync(found.Value, ServerJson.Wire.WebhookStatus) : request.WriteErrorAsync(found.Error));
    }

    private static async Task AddAsync(HubRequest request)
    {
        var body = await request.ReadJsonAsync(ServerJson.Default.WebhookRequest);
        if (!body.IsSuccess)
        {
            await request.WriteErrorAsync(body.Error);
            return;
        }

        var definition = DefinitionOf(request.Route("name"), body.Value);
        if (!definition.IsSuccess)
        {
            await request.WriteErrorAsync(definition.Error);
            return;
        }

        var added = await request.Hub.Webhooks.AddAsync(definition.Value, request.Context.Request.Host.Value!, request.Aborted);
        await (added.IsSuccess ? request.WriteJsonAsync(added.Value, ServerJson.Wire.WebhookStatus) : request.WriteErrorAsync(added.Error));
    }

    private static HubResult<WebhookDefinition> DefinitionOf(string name, WebhookRequest wanted)
    {
        if (wanted.Url is not { Length: > 0 } url)
        {
            return new HubError(HubErrorCode.ArgumentNull, "'url' is missing; https://host/path is permitted.");
        }

        var schema = WebhookSchema.EventGrid;
        if (wanted.Schema is { } text && !TryParse(text, out schema))
        {
            return new HubError(HubErrorCode.ArgumentInvalid, $"'schema' is '{text}'; eventGrid or cloudEvents is permitted.");
        }

        var events = wanted.Events is { Count: > 0 } ? WebhookEvents.None : WebhookEvents.All;
        foreach (var item in wanted.Events ?? [])
        {
            if (!TryParse<WebhookEvents>(item, out var kind) || !int.IsPow2((int)kind))
            {
                return new HubError(
                    HubErrorCode.ArgumentInvalid, $"'events' has '{item}'; DeviceCreated, DeviceDeleted, DeviceConnected and DeviceDisconnected are permitted.");
            }

            events |= kind;
        }

        return new WebhookDefinition
        {
            Name = name,
            Url = url,
            Schema = schema,
            Events = events,
            HeaderName = wanted.HeaderName,
            HeaderValue = wanted.HeaderValue,
            AllowHttp = wanted.AllowHttp ?? false,
        };
    }

    // Names only: a number would be taken too.
    private static bool TryParse<T>(string? text, out T value)
        where T : struct, Enum => Enum.TryParse(text, ignoreCase: true, out value) && Enum.IsDefined(value) && char.IsAsciiLetter(text![0]);

    private static async Task TestAsync(HubRequest request)
    {
        var name = request.Route("name");
        var answer = await request.Hub.Webhooks.TestAsync(name, request.Context.Request.Host.Value!, request.Aborted);
        await (answer.IsSuccess
            ? request.WriteJsonAsync(new WebhookTestResult(name, answer.Value.Problem is null, answer.Value.Status, answer.Value.Problem), ServerJson.Wire.WebhookTestResult)
            : request.WriteErrorAsync(answer.Error));
    }

    private static async Task ListDeadAsync(HubRequest request)
    {
        if (!request.TryQueryInt("top", 1, MaxDead, 100, out var top, out var error))
        {
            await request.WriteErrorAsync(error);
            return;
        }

        var letters = await request.Hub.Webhooks.ReadDeadAsync(request.Route("name"), top, request.Aborted);
        await (letters.IsSuccess ? request.WriteJsonAsync([.. letters.Value], ServerJson.Wire.DeadLetterArray) : request.WriteErrorAsync(letters.Error));
    }

    private static Task SettleAsync(HubRequest request, bool again) =>
        DoneAsync(request, request.Hub.Webhooks.SettleDeadAsync(request.Route("name"), request.Route("id"), again, request.Aborted));

    private static async Task DoneAsync(HubRequest request, ValueTask<HubResult<bool>> work)
    {
        var done = await work;
        await (done.IsSuccess ? request.NoContentAsync() : request.WriteErrorAsync(done.Error));
    }

    private static async Task ValidateAsync(HubRequest request)
    {
        var validated = await request.Hub.Webhooks.ValidateAsync(request.Route("name"), request.Context.Request.Query["token"].ToString(), request.Aborted);
        if (!validated.IsSuccess)
        {
            await request.WriteErrorAsync(validated.Error);
            return;
        }

        request.Context.Response.ContentType = "text/plain; charset=utf-8";
        await request.Context.Response.WriteAsync("The webhook is validated and gets events from now on.\n", request.Aborted);
    }
}
