using Nave.Fleet.Simulation.NetworkServers;
using Nave.Fleet.Sync.Providers;

namespace Nave.Fleet.Tests.Sync.Providers;

/// <summary>What every provider keeps whose registry is behind HTTP, when that goes wrong.</summary>
public abstract class HttpProviderContract : DeviceProviderContract
{
    protected HttpProviderSite Http => (HttpProviderSite)Site;

    [Theory]
    [InlineData(408)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task A_listing_goes_on_after_a_status_that_passes(int status)
    {
        await Site.AddAsync(Many);
        Http.Server.Inject(new NetworkServerFault(NetworkServerFaultKind.Status, 3) { Status = status, When = Http.IsListing });

        Assert.Equal(Many, (await ListAsync()).Count);
    }

    [Fact]
    public async Task A_listing_goes_on_after_an_answer_that_broke_off()
    {
        await Site.AddAsync(Many);
        Http.Server.Inject(new NetworkServerFault(NetworkServerFaultKind.CutAnswer, 2) { When = Http.IsListing });

        Assert.Equal(Many, (await ListAsync()).Count);
    }

    [Theory]
    [InlineData(NetworkServerFaultKind.Status)]
    [InlineData(NetworkServerFaultKind.CutAnswer)]
    public async Task A_listing_that_fails_in_the_middle_never_ends_as_if_it_were_whole(NetworkServerFaultKind kind)
    {
        await Site.AddAsync(Many);
        var listed = 0;

        var failure = await Assert.ThrowsAsync<ListingIncompleteException>(async () =>
        {
            await foreach (var _ in Provider.ListAsync(Token))
            {
                if (listed++ == 0)
                {
                    Http.Server.Inject(new NetworkServerFault(kind, 1000) { When = Http.IsListing });
                }
            }
        });

        Assert.True(failure.IsTransient);
        Assert.Equal(listed, failure.Listed);
        Assert.InRange(listed, 1, Many - 1);
    }

    [Theory]
    [InlineData(NetworkServerFaultKind.ShortPage)]
    [InlineData(NetworkServerFaultKind.RepeatedPage)]
    public async Task A_page_that_is_cut_short_or_comes_again_never_hides_a_device(NetworkServerFaultKind kind)
    {
        await Site.AddAsync(Many);
        Http.Server.ForgetRequests();
        await ListAsync();
        var pages = Http.Server.Requests.Count;
        var keys = await Site.KeysAsync();
        Assert.InRange(pages, 3, 100);

        // Each page in turn.
        for (var spoiled = 0; spoiled < pages; spoiled++)
        {
            var seen = 0;
            var at = spoiled;
            Http.Server.Inject(new NetworkServerFault(kind) { When = request => Http.IsListing(request) && seen++ == at });
            try
            {
                Assert.Equal(keys, (await ListAsync()).Select(device => device.Key).Distinct().Order(StringComparer.Ordinal));
            }
            catch (ListingIncompleteException e)
            {
                Assert.True(e.IsTransient, e.Message);
            }
        }
    }

    [Fact]
    public async Task A_registry_that_asks_to_wait_is_given_its_time()
    {
        Http.Server.Inject(new NetworkServerFault(NetworkServerFaultKind.Status) { Status = 429, RetryAfter = TimeSpan.FromSeconds(17), When = Http.IsCreation });

        await Provider.CreateAsync(Provider.ToExternal(Site.Complete(1)), Token);

        Assert.Contains(TimeSpan.FromSeconds(17), Http.Waits);
        Assert.Single(await Site.KeysAsync());
    }

    [Fact]
    public async Task A_registry_that_asks_for_a_long_wait_is_left_alone_and_the_caller_told()
    {
        Http.Server.Inject(new NetworkServerFault(NetworkServerFaultKind.Status) { Status = 429, RetryAfter = TimeSpan.FromHours(1), When = Http.IsCreation });

        var failure = await Assert.ThrowsAnyAsync<ProviderException>(() => Provider.CreateAsync(Provider.ToExternal(Site.Complete(1)), Token));

        Assert.True(failure.IsTransient);
        Assert.Equal(TimeSpan.FromHours(1), failure.RetryAfter);
    }

    [Theory]
    [InlineData(400, ProviderFailure.Permanent)]
    [InlineData(403, ProviderFailure.Permanent)]
    [InlineData(502, ProviderFailure.Transient)]
    public async Task What_a_proxy_says_in_between_is_a_failure_too(int status, ProviderFailure expected)
    {
        Http.Server.Inject(new NetworkServerFault(NetworkServerFaultKind.Status) { Status = status, Body = "<html>Bad gateway</html>", When = Http.IsCreation });

        var failure = await Assert.ThrowsAnyAsync<ProviderException>(() => Provider.CreateAsync(Provider.ToExternal(Site.Complete(1)), Token));

        Assert.Equal(expected, failure.Failure);
    }

    [Fact]
    public async Task A_page_that_is_no_answer_of_the_registry_ends_the_listing_as_incomplete()
    {
        Http.Server.Inject(new NetworkServerFault(NetworkServerFaultKind.Status, 100) { Status = 200, Body = "<html>Please log in</html>", When = Http.IsListing });

        await Assert.ThrowsAsync<ListingIncompleteException>(ListAsync);
    }

    [Fact]
    public async Task A_permanent_refusal_is_not_repeated()
    {
        Http.Server.Inject(new NetworkServerFault(NetworkServerFaultKind.Status, 10) { Status = 400, When = Http.IsCreation });
        Http.Server.ForgetRequests();

        var failure = await Assert.ThrowsAnyAsync<ProviderException>(() => Provider.CreateAsync(Provider.ToExternal(Site.Complete(1)), Token));

        Assert.Equal(ProviderFailure.Permanent, failure.Failure);
        Assert.Single(Http.Server.Requests, request => request.EndsWith(" 400", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Credentials_that_are_refused_are_told_from_all_other_failures()
    {
        await Site.AddAsync(1);
        Http.Revoke();

        var call = await Assert.ThrowsAnyAsync<ProviderException>(() => Provider.FindAsync(Provider.ToExternal(Site.Complete(0)).Key, Token));
        var listing = await Assert.ThrowsAsync<ListingIncompleteException>(ListAsync);

        Assert.Equal(ProviderFailure.Authentication, call.Failure);
        Assert.Equal(ProviderFailure.Authentication, listing.Failure);
    }

    [Fact]
    public async Task A_registry_that_does_not_answer_is_given_up_after_the_time_limit()
    {
        Http.Server.Inject(new NetworkServerFault(NetworkServerFaultKind.Hold, 100));
        await using var provider = Site.Create(Site.Settings.Replace("{", "{timeout: 1s, ", StringComparison.Ordinal));

        var failure = await Assert.ThrowsAnyAsync<ProviderException>(() => provider.FindAsync(Provider.ToExternal(Site.Complete(0)).Key, Token));

        Assert.True(failure.IsTransient);
    }

    [Fact]
    public async Task A_creation_whose_answer_is_lost_ends_as_one_device()
    {
        Http.Server.Inject(new NetworkServerFault(NetworkServerFaultKind.CutAnswer) { When = Http.IsCreation });
        var device = Provider.ToExternal(Site.Complete(1));

        await Assert.ThrowsAnyAsync<ProviderException>(() => Provider.CreateAsync(device, Token));
        try
        {
            await Provider.CreateAsync(device, Token);
        }
        catch (ProviderException e)
        {
            Assert.Equal(ProviderFailure.AlreadyExists, e.Failure);
        }

        Assert.Equal([device.Key], await Site.KeysAsync());
        Assert.Equal(Readable(device), Readable((await Provider.FindAsync(device.Key, Token))!));
    }

    [Fact]
    public async Task No_secret_is_in_a_message_or_a_log_whatever_a_server_repeats()
    {
        await ListAsync();
        var device = Provider.ToExternal(Site.Complete(1));
        string[] secrets = [.. Site.Secrets, .. device.Fields.Where(field => Provider.Traits.IsWriteOnly(field.Key) && field.Value.Length >= 16).Select(field => field.Value)];
        Assert.NotEmpty(secrets);
        var failures = new List<Exception>();
        foreach (var status in (int[])[400, 403, 500])
        {
            Http.Server.Inject(new NetworkServerFault(NetworkServerFaultKind.Status, 10) { Status = status, Echo = string.Join(' ', secrets), When = Http.IsCreation });
            for (var i = 0; i < 10; i++)
            {
                failures.Add(await Assert.ThrowsAnyAsync<ProviderException>(() => Provider.CreateAsync(device, Token)));
            }
        }

        Http.Server.Inject(new NetworkServerFault(NetworkServerFaultKind.Status) { Status = 429, Echo = string.Join(' ', secrets), When = Http.IsCreation });
        await Provider.CreateAsync(device, Token);
        Http.Revoke();
        failures.Add(await Assert.ThrowsAnyAsync<ProviderException>(() => Provider.CreateAsync(device, Token)));
        failures.Add(await Assert.ThrowsAnyAsync<ProviderException>(ListAsync));
        Assert.All(failures, failure => Assert.All(secrets, secret => Assert.DoesNotContain(secret, failure.ToString(), StringComparison.OrdinalIgnoreCase)));
        Assert.NotEmpty(Site.Log.Lines);
        Assert.All(Site.Log.Lines, line => Assert.All(secrets, secret => Assert.DoesNotContain(secret, line, StringComparison.OrdinalIgnoreCase)));
    }
}
